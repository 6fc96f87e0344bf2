"""What no text of this project may claim, and where its tokens may stand."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = ("activitypub", "media", "policies", "fedicara")

CLAIMS = re.compile(
    r"""protected\ from\ ai | protects\ your\ style | prevents\ training | ai-proof | untrainable | undetectable
    | unbreakable | guarantee\w*[^.\n]{0,60}\bai\b | \bai\b[^.\n]{0,60}guarantee | blocks\ all
    | \d\s?%\s(?:protect|safe|secure) | trusted\ (?:content|signature|credential) | signed\ and\ trusted
    | verified\ human | 100\s?%\s?human | certified\ human | legally\ protected | attacks\ blocked
    | cannot\ train\ on""",
    re.IGNORECASE | re.VERBOSE,
)
TOKENS = re.compile(r"\bnoai\b|\btrain-ai\b|\bai-train\b|\btdm-reservation\b|\bDMI-")


def texts(*suffixes: str) -> Iterator[tuple[Path, str]]:
    """Yield every file for people or of the program; hidden folders and tests are neither."""
    roots = [ROOT / name for name in (*PACKAGES, "docs")]
    paths = [*ROOT.glob("*.md"), *(path for root in roots for path in root.rglob("*"))]
    for path in sorted(paths):
        if path.suffix in suffixes:
            yield path.relative_to(ROOT), path.read_text("utf-8")


@pytest.mark.rule("P-700")
def test_no_text_says_or_implies_that_a_work_is_safe_from_ai() -> None:
    found = [
        f"{path}: {m[0]}"
        for path, text in texts(".md", ".html", ".py", ".js", ".json", ".po")
        for m in CLAIMS.finditer(text)
    ]
    assert not found


@pytest.mark.rule("P-700")
@pytest.mark.parametrize(
    "claim",
    [
        "Your art is protected from AI.",
        "This guarantees that no AI reads it",
        "AI-proof",
        "95 % protection",
        "100 % human",
        "Trusted content credentials",
    ],
)
def test_the_search_for_claims_finds_one(claim: str) -> None:
    assert CLAIMS.search(claim)


@pytest.mark.rule("P-703")
def test_who_heeds_a_signal_is_said_with_a_source_or_not_at_all() -> None:
    lines = (ROOT / "docs/artists.md").read_text().splitlines()
    start = next(number for number, line in enumerate(lines) if line.startswith("| Signal |"))
    rows = [line.split("|")[1:-1] for line in lines[start + 2 :] if line.startswith("|")]
    own = "this server's own doing", "fedicara does; of others nothing is known"
    for signal, _, _, heeds, _ in rows:
        sourced = "](https://" in heeds
        assert (
            sourced or "no model developer has been verified" in heeds or any(each in heeds for each in own)
        ), signal
        # Whoever is quoted was read on a day that is named, or it is said that they were not.
        assert heeds.count("](https://") == 1 or not sourced or "unchecked" in heeds, signal
    text = " ".join(lines)
    assert text.count("](https://") == len(re.findall(r"\]\(https://", " ".join(row[3] for row in rows))) == 3
    assert re.search(r"three pages linked in this table were read in stored copies on \d+ \w+ 20\d\d", text)
    unheeded = [row[0] for row in rows if "no model developer has been verified" in row[3]]
    for name in ("Content-Usage", "TDMRep", "PLUS"):
        assert any(name in signal for signal in unheeded), name


@pytest.mark.rule("P-003")
def test_policy_tokens_stand_in_program_text_under_policies_alone() -> None:
    strays = [
        f"{path}: {found[0]}"
        for path, text in texts(".py", ".html", ".js")
        if path.parts[0] != "policies"
        for found in TOKENS.finditer(text)
    ]
    assert not strays
    assert any(TOKENS.search(text) for path, text in texts(".py") if path.parts[0] == "policies")


DURABLE = re.compile(
    r"""surviv\w+ | indelibl\w+ | \bdurabl\w+ | tamper.?proof | permanent(?:ly)?\ (?:mark|embed|attach|stat|watermark)\w*
    | cannot\ be\ (?:removed|stripped|taken\ out|lost) | (?:stays?|travels?)\ with\ (?:the|your|every)\ (?:file|picture|work|copy)
    | wherever\ (?:it|they|the\ (?:file|picture|work))\ go(?:es)? | follows\ (?:the|your|every)\ (?:file|picture|copy)
    | in\ every\ copy | never\ lost""",
    re.IGNORECASE | re.VERBOSE,
)
# The card says what was measured of the cloak after saving anew; the others speak to who reads the program.
UNSAID = ("media/", "fedicara/models/", "fedicara/migrations/")
DROPS = re.compile(r"saves? (?:a picture|pictures|them) anew")


@pytest.mark.rule("P-134")
def test_nothing_in_a_file_is_said_to_last_and_who_drops_it_is_said_beside_it() -> None:
    found = [
        f"{path}: {claim[0]}"
        for path, text in texts(".md", ".html", ".py", ".js", ".po")
        if not str(path).startswith(UNSAID)
        for line in text.splitlines()
        for claim in DURABLE.finditer(line)
        if not DROPS.search(line)
    ]
    assert not found
    for name in ("docs/artists.md", "docs/admins.md", "fedicara/web/templates/signals.html"):
        text = (ROOT / name).read_text()
        assert DROPS.search(text), name


@pytest.mark.rule("P-134")
@pytest.mark.parametrize(
    "claim",
    [
        "The mark survives uploads to other servers.",
        "The statement travels with the file.",
        "It cannot be removed",
        "Your policy stays with your work",
        "wherever the picture goes",
        "permanently embedded",
    ],
)
def test_the_search_for_claims_of_durability_finds_one(claim: str) -> None:
    assert DURABLE.search(claim)
