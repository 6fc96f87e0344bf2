"""The policy in Really Simple Licensing: what a site permits and prohibits, as an option (block B9, P-140).

Nobody has compared the names of the tokens, nor what stands between them, with the published text of RSL 1.0; so they
are constants here and nowhere else, and a server says nothing of this unless it is switched on.
"""

from collections.abc import Mapping
from typing import Final

from policies.policy import Policy, Use, normalise
from policies.tokens import site_wide

PATH: Final = "/license.xml"
NAMESPACE: Final = "https://rslstandard.org/rsl"
MEDIA_TYPE: Final = "application/rsl+xml"
SEPARATOR: Final = ","
USAGES: Final[Mapping[str, str]] = {"search": "search", "ai-train": "ai_train", "ai-input": "ai_input"}
"""Token to field of the policy."""


def address(base_url: str) -> str:
    """Return where the document stands."""
    return base_url + PATH


def render(default: Policy, floor: Policy) -> str:
    """Return the document for the whole site; what works may differ in is left out, as in robots.txt (P-025)."""
    stated = site_wide(USAGES, normalise(default), normalise(floor))
    lines = [
        f'<{element} type="usage">{SEPARATOR.join(tokens)}</{element}>'
        for element, use in (("permits", Use.ALLOW), ("prohibits", Use.DENY))
        if (tokens := [token for token, said in stated.items() if said is use])
    ]
    return "\n".join(
        (f'<rsl xmlns="{NAMESPACE}"><content url="/"><license>', *lines, "</license></content></rsl>\n")
    )
