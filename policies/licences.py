"""The licences a work can carry, by the titles other servers know (F-066)."""

from dataclasses import dataclass

DEFAULT = "all-rights-reserved"


@dataclass(frozen=True, slots=True)
class Licence:
    """A licence: our key, the title and address on the wire, and what it means in words."""

    key: str
    title: str
    url: str | None
    words: str


_CC = "https://creativecommons.org/"

LICENCES: dict[str, Licence] = {
    licence.key: licence
    for licence in (
        Licence(DEFAULT, "All Rights Reserved", None, "Nobody may copy or change it without asking."),
        Licence("public-domain", "Public Domain", f"{_CC}publicdomain/mark/1.0/", "Free of known copyright."),
        Licence(
            "cc0",
            "Public Domain (CC0)",
            f"{_CC}publicdomain/zero/1.0/",
            "The artist gives up every right the law lets them give up.",
        ),
        Licence("cc-by", "CC BY", f"{_CC}licenses/by/4.0/", "Share and change, with the artist's name."),
        Licence(
            "cc-by-sa",
            "CC BY-SA",
            f"{_CC}licenses/by-sa/4.0/",
            "Share and change, with the artist's name, under the same licence.",
        ),
        Licence(
            "cc-by-nc",
            "CC BY-NC",
            f"{_CC}licenses/by-nc/4.0/",
            "Share and change, with the artist's name, not for commerce.",
        ),
        Licence(
            "cc-by-nc-sa",
            "CC BY-NC-SA",
            f"{_CC}licenses/by-nc-sa/4.0/",
            "Share and change, with the artist's name, not for commerce, under the same licence.",
        ),
        Licence(
            "cc-by-nd",
            "CC BY-ND",
            f"{_CC}licenses/by-nd/4.0/",
            "Share unchanged, with the artist's name.",
        ),
        Licence(
            "cc-by-nc-nd",
            "CC BY-NC-ND",
            f"{_CC}licenses/by-nc-nd/4.0/",
            "Share unchanged, with the artist's name, not for commerce.",
        ),
    )
}
"""Every licence by its key."""

PUBLIC_DOMAIN_URLS = frozenset({LICENCES["public-domain"].url, LICENCES["cc0"].url})
"""The addresses that say a work is not under copyright."""
