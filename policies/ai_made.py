"""AI in the making of a work: what its artist declares, what its file says, and what follows from the two (section 5)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import overload

SOURCE_TYPES = "http://cv.iptc.org/newscodes/digitalsourcetype/"


class Declaration(StrEnum):
    """The artist's own answer, asked for every picture (P-400); members stand from loose to strict."""

    NONE = "none"
    ASSISTED = "assisted"
    GENERATED = "generated"


MADE_WITH_AI = (Declaration.ASSISTED, Declaration.GENERATED)
HASHTAG = "MadeWithAI"

LABELS = {
    Declaration.NONE: "Declared by the artist: no AI.",
    Declaration.ASSISTED: "Declared by the artist: made with the help of AI.",
    Declaration.GENERATED: "Declared by the artist: generated with AI.",
}
"""Each declaration in words for a work's page."""

LINES = {
    Declaration.ASSISTED: "Made with the help of AI.",
    Declaration.GENERATED: "Generated with AI.",
}
"""The visible line of a work for servers that read nothing else (P-430)."""


class Said(StrEnum):
    """Who says it, where it is not the artist or the server they post from."""

    PLACE = "place"
    FILE = "file"


def label(declared: str, said: str = "") -> str:
    """A declaration in words that name who says so; empty where nobody said anything (P-413, P-700)."""
    if declared not in tuple(Declaration):
        return ""
    words = LABELS[Declaration(declared)]
    who = {
        Said.PLACE.value: "Labelled by the people who look after this place",
        Said.FILE.value: "The file says",
    }
    return words.replace("Declared by the artist", who.get(said, "Declared by the artist"))


_AI_TYPES = {
    Declaration.ASSISTED: "compositeWithTrainedAlgorithmicMedia",
    Declaration.GENERATED: "trainedAlgorithmicMedia",
}
_HAND_TYPES = {False: "digitalCreation", True: "digitalCapture"}
_STATED = {
    **{name: declaration for declaration, name in _AI_TYPES.items()},
    **dict.fromkeys(
        (
            "digitalCreation",
            "digitalArt",
            "digitalCapture",
            "computationalCapture",
            "negativeFilm",
            "humanEdits",
        ),
        Declaration.NONE,
    ),
}


@overload
def digital_source_type(declaration: Declaration, photographic: bool = False) -> str: ...
@overload
def digital_source_type(declaration: Declaration, photographic: bool | None) -> str | None: ...
def digital_source_type(declaration: Declaration, photographic: bool | None = False) -> str | None:
    """Return the IPTC digital source type IRI of a declaration (P-401).

    `photographic` is None where the medium is unknown: a work made without AI then states nothing.
    """
    name = _AI_TYPES.get(declaration)
    if name is None and photographic is not None:
        name = _HAND_TYPES[photographic]
    return SOURCE_TYPES + name if name else None


def declared(source_type: str | None) -> Declaration | None:
    """Return what a digital source type of another server declares, or None for one that says nothing of AI (P-434)."""
    base, _, name = (source_type or "").strip().rstrip("/").rpartition("/")
    if base.partition("://")[2] != SOURCE_TYPES.partition("://")[2].rstrip("/"):
        return None
    return _STATED.get(name)


def strictest(declarations: Iterable[Declaration | None]) -> Declaration | None:
    """Return the one that says most about AI, or None where nothing is said."""
    order = list(Declaration)
    return max((each for each in declarations if each is not None), key=order.index, default=None)


class Rule(StrEnum):
    """What a place does with works of one declaration (P-402)."""

    FORBID = "forbid"
    LABEL = "label"
    ALLOW = "allow"


class RemoteRule(StrEnum):
    """What a place does with works of other servers that were made with AI (P-434)."""

    LABEL = "label"
    HIDE = "hide"
    REJECT = "reject"


class Filter(StrEnum):
    """How somebody wants to see works made with AI (P-432)."""

    SHOW = "show"
    WARN = "warn"
    HIDE = "hide"


@dataclass(frozen=True, slots=True)
class Rules:
    """What one place does with works made with AI."""

    generated: Rule = Rule.FORBID
    assisted: Rule = Rule.LABEL
    remote: RemoteRule = RemoteRule.LABEL

    def of(self, declaration: Declaration) -> Rule:
        """The rule for a declaration; works made without AI are always allowed."""
        return {Declaration.GENERATED: self.generated, Declaration.ASSISTED: self.assisted}.get(
            declaration, Rule.ALLOW
        )

    @property
    def unlisted(self) -> tuple[Declaration, ...]:
        """The declarations whose works stand on no shared page."""
        return tuple(each for each in MADE_WITH_AI if self.of(each) is not Rule.ALLOW)

    @property
    def stated(self) -> Mapping[str, str]:
        """The two rules that NodeInfo states (block B11)."""
        return {"generated": self.generated.value, "assisted": self.assisted.value}


_TAKEN = {
    Rule.FORBID: "are against the rules of this place and are not taken",
    Rule.LABEL: "bear a label and stand on no shared page",
    Rule.ALLOW: "bear a label",
}
_OF_OTHERS = {
    RemoteRule.LABEL: "bear a label here",
    RemoteRule.HIDE: "are not shown here",
    RemoteRule.REJECT: "are not taken",
}
WHO_SAYS = (
    "These are rules about what may be published, not findings. Whether AI was used is what the artist declares and "
    "what the file says; nothing is decided by a guess from the picture."
)
"""What “forbidden” does not mean (P-704)."""


def sentences(rules: Rules) -> tuple[str, str, str]:
    """The rules in words for people (P-402, P-434)."""
    return (
        f"Works that were generated with AI {_TAKEN[rules.generated]}.",
        f"Works made with the help of AI {_TAKEN[rules.assisted]}.",
        f"Works of other servers that say they were made with AI {_OF_OTHERS[rules.remote]}.",
    )


class Strength(IntEnum):
    """How much a file says; from nothing to all of the picture."""

    NONE = 0
    HINT = 1
    QUESTION = 2
    PART = 3
    WHOLE = 4


STRENGTHS = {
    "signed": Strength.WHOLE,
    "declared": Strength.WHOLE,
    "generator": Strength.WHOLE,
    "signed, part": Strength.PART,
    "declared, part": Strength.PART,
    "question": Strength.QUESTION,
    "hint": Strength.HINT,
}
"""The classes of table 5.2."""


def strength(classes: Iterable[str]) -> Strength:
    """Return the strongest of the classes of some evidence."""
    return max((STRENGTHS[each] for each in classes), default=Strength.NONE)


class Outcome(StrEnum):
    """What happens to a work that is ready to be published."""

    PUBLISH = "publish"
    BY_POLICY = "by policy"
    CASE = "case"
    QUESTION = "question"
    HOLD = "hold"


_UNDECLARED = {
    Strength.WHOLE: Outcome.HOLD,
    Strength.PART: Outcome.QUESTION,
    Strength.QUESTION: Outcome.QUESTION,
    Strength.HINT: Outcome.CASE,
    Strength.NONE: Outcome.PUBLISH,
}


def outcome(said: Strength, declaration: Declaration) -> Outcome:
    """Return what follows from the strongest evidence and the artist's declaration (table 5.3)."""
    if declaration is Declaration.NONE:
        return _UNDECLARED[said]
    if declaration is Declaration.ASSISTED and said is Strength.WHOLE:
        return Outcome.QUESTION
    return Outcome.BY_POLICY


def carried(declaration: Declaration | None, classes: Iterable[str]) -> Declaration | None:
    """Return what the XMP of a derivative declares: never less than the source type its upload stated (P-431)."""
    stated = strength(each for each in classes if each.partition(",")[0] in ("signed", "declared"))
    of_file = {Strength.WHOLE: Declaration.GENERATED, Strength.PART: Declaration.ASSISTED}.get(stated)
    return strictest((declaration, of_file))


_FIELDS = {
    "text:parameters": "the text “parameters” in the PNG file holds the settings of an image generator",
    "text:prompt": "the text “prompt” in the PNG file holds a graph of an image generator",
    "text:invokeai_metadata": "the text “invokeai_metadata” in the PNG file holds the settings of an image generator",
    "text:sd-metadata": "the text “sd-metadata” in the PNG file holds the settings of an image generator",
    "text:Dream": "the text “Dream” in the PNG file holds the command of an image generator",
    "text:Comment": "the text “Comment” in the PNG file holds the settings of an image generator",
    "text:Description": "the text “Description” in the PNG file holds the command of an image generator",
    "exif:UserComment": "the comment in EXIF holds the settings of an image generator",
    "exif:Software": "the software that EXIF names is an image generator",
    "xmp:DigitalSourceType": "the digital source type in XMP names AI",
    "xmp:CreatorTool": "the creator tool in XMP is an image generator",
    "xmp:Credit": "the credit line in XMP names AI",
    "xmp:description": "the description in XMP holds the command of an image generator",
    "iptc:Credit": "the credit line in IPTC names AI",
    "alpha": "the lowest bits of the transparency hold the settings of an image generator",
    "c2pa": "it has a signed history (C2PA) whose signature does not fit the file",
    "c2pa:actions": "its signed history (C2PA) names AI",
    "c2pa:ingredient": "its signed history (C2PA) says that something it was made from names AI",
    "c2pa:claim_generator": "its signed history (C2PA) was written by an image generator",
}


def in_words(field: str) -> str:
    """What a field of some evidence says, in plain words; never that a picture is AI (P-413)."""
    return f"The file says: {_FIELDS.get(field, field)}."
