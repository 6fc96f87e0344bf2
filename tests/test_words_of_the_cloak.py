"""What may be said of the cloak, and what may not: in pages, documentation and sentences of engines (cloak.md, section 5)."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from fedicara.actions.cloaks import GATE, LIMITS, stated, words
from fedicara.settings import STRENGTHS, Settings
from media.cloak import ENGINES

ROOT = Path(__file__).parent.parent
PAGES = [
    *sorted((ROOT / "fedicara" / "web" / "templates").glob("*.html")),
    *sorted((ROOT / "docs").glob("*.md")),
    *(ROOT / name for name in ("README.md", "CHANGELOG.md", "media/cloak/model_card.md")),
]
# Claims that hold of no cloak; said as a negation they are what has to be said.
CLAIM = re.compile(
    r"\b(protect(s|ed|ing|ion)?|prevent(s|ed|ing)?|defeat(s|ed)?|stops? (training|copying|scrap\w*|AI|theft)|guarantee(s|d)?|immune|un-?learnable)\b",
    re.I,
)
DENIAL = re.compile(r"\b(not|no|never|nothing|nobody|cannot|neither|without)\b|n't\b", re.I)
NEVER = re.compile(
    r"\bAI[- ]?proof|\b(as|like) Glaze (does|works|is)\b|\b(as good|as strong) as Glaze\b", re.I
)
SHARE = re.compile(
    r"\d\s?(%|percent)[^.]*\b(protect|effective|safe|success|resist)|\b(protect|effective|safe|success|resist)\w*[^.]*\d\s?(%|percent)",
    re.I,
)
ABOUT = re.compile(r"\bcloak", re.I)


def paragraphs(text: str) -> Iterator[str]:
    """Pieces that are about one thing: between blank lines, list items, rows and tags of blocks."""
    for piece in re.split(r"\n\s*\n|\n(?=\s*[-|#])|</(?:p|li|h\d|dd|section|small)>", text):
        yield re.sub(r"<[^>]*>|\{[%{].*?[%}]\}", " ", piece, flags=re.S)


def wrong(text: str) -> list[str]:
    """Sentences about a cloak that claim what none does, and words that are said nowhere."""
    found = [match[0] for match in NEVER.finditer(text)]
    for paragraph in filter(ABOUT.search, paragraphs(text)):
        for sentence in re.split(r"(?<=[.!?:])\s+", " ".join(paragraph.split())):
            claims = CLAIM.search(sentence) and not DENIAL.search(sentence[: CLAIM.search(sentence).end()])  # type: ignore[union-attr]
            if claims or SHARE.search(sentence):
                found.append(sentence)
    return found


@pytest.mark.rule("P-702")
@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_no_page_and_no_document_claims_what_no_cloak_does(path: Path) -> None:
    assert wrong(path.read_text()) == []


@pytest.mark.parametrize(
    "sentence",
    [
        "The cloak protects your art.",
        "A cloak prevents training.",
        "Cloaked pictures are AI-proof.",
        "It works as Glaze does.",
        "The cloak is 90 % effective.",
        "Protection by the cloak: 80 percent.",
        "With a cloak your style is protected, not copied.",
    ],
)
def test_such_claims_are_found(sentence: str) -> None:
    assert wrong(sentence)


def test_their_denials_may_be_said() -> None:
    assert (
        wrong(f"The cloak {LIMITS} It does not protect a style. Nothing prevents training, no cloak either.")
        == []
    )


@pytest.mark.rule("C-023")
@pytest.mark.parametrize("name", [name for name, engine in ENGINES.items() if engine.changes])
def test_wherever_a_cloak_is_offered_or_stated_the_same_words_say_what_it_is(name: str) -> None:
    engine = ENGINES[name]
    settings = Settings(cloak=name, egress_allow="127.0.0.0/8")
    for said in (words(settings), *(stated(name, strength) for strength in STRENGTHS)):
        assert wrong(f"The cloak. {said}") == []
        assert said.endswith("purification tools can remove it.")
        assert (GATE in said) == engine.experimental
        assert engine.experimental or engine.measured in said
    assert ("experimental" in stated(name, "light").lower()) == engine.experimental


def test_the_page_for_artists_says_the_same_of_every_engine_that_is_experimental() -> None:
    page = " ".join((ROOT / "docs" / "cloak.md").read_text().split())
    assert LIMITS in page
    for engine in filter(lambda each: each.experimental, ENGINES.values()):
        assert f"`{engine.name}`" in page
        assert GATE.partition(": ")[2] in page
