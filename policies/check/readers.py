"""Signals as readers in use take them: the oracles of table 2.2 that the standard library is enough for."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any, Final
from xml.parsers import expat

from policies.check.signals import DIRECTIVES
from policies.check.verdicts import Heard

_PAIR: Final = re.compile(r"([a-z-]+)\s*=\s*\"?([a-z0-9]+)")
_LINK: Final = re.compile(r"<([^>]*)>((?:\s*;\s*[\w*-]+\s*=\s*(?:\"[^\"]*\"|[^\s,;\"]+))*)\s*(?:,|$)")
_PARAMETER: Final = re.compile(r";\s*([\w*-]+)\s*=\s*(?:\"([^\"]*)\"|([^\s,;\"]+))")


def robots_tag(value: str | None) -> Heard:
    """`X-Robots-Tag` as img2dataset reads it: what stands before the first colon is taken for a crawler's name (P-104)."""
    if value is None:
        return Heard(None)
    meant = _directives(re.split(r"[,:]", value))
    heard = {} if ":" in value else meant
    return Heard(value, heard, meant, "P-104")


def meta_robots(contents: Sequence[str]) -> Heard:
    """The robots tags of a head: one is read, and the directives of further ones may be lost."""
    if not contents:
        return Heard(None)
    heard = _directives(contents[0].split(","))
    meant = _directives(part for content in contents for part in content.split(","))
    return Heard(" | ".join(contents), {} if len(contents) > 1 else heard, meant, "S04")


def _directives(parts: Iterable[str]) -> dict[str, str]:
    return {each: "" for part in parts if (each := part.strip().lower()) in DIRECTIVES}


def usage(value: str | None, parsed: Mapping[str, str]) -> Heard:
    """`Content-Usage` with what a parser of structured fields made of it (P-105)."""
    if value is None:
        return Heard(None)
    meant: dict[str, str] = {}
    for key, word in _PAIR.findall(value.lower()):
        # Whoever looks for words finds a refusal wherever it stands; a parser takes the last.
        meant[key] = "n" if "n" in (word, meant.get(key)) else word
    return Heard(value, parsed, meant, "P-105")


def pairs(value: str | None) -> Heard:
    """A list of key=value, as Content Signals are read."""
    if value is None:
        return Heard(None)
    found = (part.partition("=") for part in value.split(","))
    heard = {key.strip(): word.strip() for key, _, word in found}
    return Heard(value, heard, heard)


def single(key: str, value: str | None) -> Heard:
    """A signal that is one value."""
    if value is None:
        return Heard(None)
    heard = {key: value.strip()}
    return Heard(value, heard, heard)


def training_mining(entries: Mapping[str, Any]) -> Heard:
    """The entries of an assertion on training and mining: a name and how it may be used."""
    said = {name: str(entry.get("use", "")) for name, entry in entries.items() if isinstance(entry, Mapping)}
    return Heard(", ".join(f"{name}={use}" for name, use in said.items()), said, said)


def singles(key: str, values: Sequence[str], rule: str) -> Heard:
    """A signal that should stand once."""
    if not values:
        return Heard(None)
    meant = {key: values[0].strip()}
    return Heard(" | ".join(values), meant if len(values) == 1 else {}, meant, rule)


@dataclass(frozen=True, slots=True)
class Link:
    """A link of a header or of a head."""

    target: str
    rel: tuple[str, ...]
    type: str = ""


def links(value: str | None) -> tuple[Link, ...]:
    """The links of a Link header (RFC 8288)."""
    found = []
    for target, parameters in _LINK.findall(value or ""):
        named = {name.lower(): quoted or plain for name, quoted, plain in _PARAMETER.findall(parameters)}
        found.append(Link(target, tuple(named.get("rel", "").lower().split()), named.get("type", "")))
    return tuple(found)


def linked(found: Iterable[Link], rel: str, type_: str = "") -> Heard:
    """The target of the link of one kind."""
    targets = [link.target for link in found if rel in link.rel and link.type == type_]
    return single(rel, targets[0] if targets else None)


class Head(HTMLParser):
    """What a page says to programs: meta tags, links and pictures; and its text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.links: list[Link] = []
        self.pictures: list[str] = []
        self._meta: list[tuple[str, str]] = []
        self._words: list[str] = []
        self._hidden = 0
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep what is looked for."""
        found = {name: value or "" for name, value in attrs}
        self._hidden += tag in ("script", "style")
        if tag == "meta":
            self._meta.append(
                ((found.get("name") or found.get("property", "")).lower(), found.get("content", ""))
            )
        elif tag in ("link", "a"):
            rel = tuple(found.get("rel", "").lower().split())
            self.links.append(Link(found.get("href", ""), rel, found.get("type", "")))
        elif tag == "img" and "src" in found:
            self.pictures.append(found["src"])

    def handle_endtag(self, tag: str) -> None:
        """Scripts are no text."""
        self._hidden -= tag in ("script", "style") and self._hidden > 0

    def handle_data(self, data: str) -> None:
        """Keep the words."""
        if not self._hidden:
            self._words.append(data)

    def meta(self, name: str) -> list[str]:
        """The contents of the meta tags of one name."""
        return [content for each, content in self._meta if each == name]

    @property
    def text(self) -> str:
        """All words, each gap one space."""
        return " ".join(" ".join(self._words).split())


def spoken(text: str | None, sentences: Iterable[str]) -> Heard:
    """Which of these sentences a page holds."""
    if text is None:
        return Heard(None)
    heard = {each: "" for each in sorted(sentences) if each in text}
    return Heard(" ".join(heard), heard, heard)


@dataclass(frozen=True, slots=True)
class Group:
    """Rules of robots.txt and the crawlers that they are for."""

    names: list[str] = field(default_factory=list)
    rules: list[tuple[str, str]] = field(default_factory=list)

    def said(self, name: str) -> str | None:
        """The value of a rule, the last where there are several."""
        return next((value for rule, value in reversed(self.rules) if rule == name.lower()), None)


@dataclass(frozen=True, slots=True)
class Robots:
    """robots.txt by groups, with what stands for all (RFC 9309, section 2.2)."""

    groups: tuple[Group, ...]
    everywhere: Mapping[str, str]

    def group(self, name: str) -> Group:
        """The group that a crawler obeys: its own, else that of everybody."""
        own = [group for group in self.groups if name.lower() in group.names]
        everybody = [group for group in self.groups if "*" in group.names]
        return next(iter((*own, *everybody)), Group())

    def names(self, name: str) -> bool:
        """Whether a group names this crawler."""
        return any(name.lower() in group.names for group in self.groups)


def robots(text: str) -> Robots:
    """Read robots.txt; a rule ends the list of names that it follows (P-112)."""
    groups: list[Group] = []
    everywhere: dict[str, str] = {}
    for line in text.splitlines():
        name, colon, value = (part.strip() for part in line.partition("#")[0].partition(":"))
        if name.lower() == "user-agent":
            if not groups or groups[-1].rules:
                groups.append(Group())
            groups[-1].names.append(value.lower())
        elif name.lower() in ("sitemap", "license"):
            everywhere[name.lower()] = value
        elif colon and groups:
            groups[-1].rules.append((name.lower(), value))
    return Robots(tuple(groups), everywhere)


def tdm_location(document: Any, path: str) -> Heard:
    """What the first fitting location of `tdmrep.json` says of a path (TDMRep 2024-05-10)."""
    if not isinstance(document, list):
        return Heard("no list")
    for entry in document:
        if isinstance(entry, dict) and _fits(str(entry.get("location", "")), path):
            # Where it names a document as well, a work that gives no permission cannot say a plain no (P-120).
            rule = "P-120" if "tdm-policy" in entry else ""
            stated = {"tdm-reservation": str(entry.get("tdm-reservation", ""))}
            return Heard(
                f"{stated['tdm-reservation']} for {entry['location']}", {} if rule else stated, stated, rule
            )
    return Heard(None)


def _fits(location: str, path: str) -> bool:
    pattern = re.escape(location.removesuffix("$")).replace(r"\*", ".*") + (
        "$" if location.endswith("$") else ""
    )
    return bool(location) and re.match(pattern, path) is not None


def offer(document: Any) -> Heard:
    """Whether a policy document is an Offer that only says: ask first (P-121)."""
    if not isinstance(document, dict):
        return Heard("no object")
    members = set(document) & {"permission", "prohibition", "obligation"}
    permission = document.get("permission")
    single_one = isinstance(permission, list) and len(permission) == 1
    sound = document.get("@type") == "Offer" and members == {"permission"} and single_one
    heard = {"type": "Offer" if sound else "other"}
    return Heard(f"{document.get('@type')} with {', '.join(sorted(members)) or 'nothing'}", heard, heard)


def assigner(document: Any) -> Heard:
    """Whom a policy document says to ask (P-122)."""
    stated = document.get("assigner") if isinstance(document, dict) else None
    uid = stated.get("uid") if isinstance(stated, dict) else None
    return single("assigner", uid if isinstance(uid, str) else None)


def rsl(content: bytes) -> str:
    """The usages that an RSL document permits and prohibits, in the words of Content Signals."""
    found: dict[str, str] = {}
    inside: list[str] = []

    def opened(name: str, attributes: Mapping[str, str]) -> None:
        local = name.rpartition(" ")[2]
        inside[:] = [local] if local in ("permits", "prohibits") and attributes.get("type") == "usage" else []

    def words(text: str) -> None:
        for token in text.split(",") if inside else ():
            found[token.strip()] = "yes" if inside == ["permits"] else "no"

    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartElementHandler, parser.CharacterDataHandler = opened, words
    parser.EndElementHandler = lambda _: inside.clear()
    try:
        parser.Parse(content, True)
    except (expat.ExpatError, ValueError):
        return "not readable"
    return ", ".join(f"{token}={word}" for token, word in found.items())
