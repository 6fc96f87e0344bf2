"""That `policies` computes and does nothing else: what it may import, and what it calls (P-001)."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROOMS = {
    "policy",
    "headers",
    "robots",
    "crawlers",
    "metadata",
    "documents",
    "wellknown",
    "verdict",
    "ai_made",
    "statements",
    "structured",
    "check",
}
ALLOWED = {
    "base64",
    "binascii",
    "collections",
    "collections.abc",
    "dataclasses",
    "datetime",
    "enum",
    "functools",
    "html",
    "html.parser",
    "importlib.resources",
    "ipaddress",
    "itertools",
    "msgspec",
    "re",
    "types",
    "typing",
    "urllib.parse",
    "xml.parsers",
    "xml.sax.saxutils",
}
CALLS = {"open", "print", "input", "exec", "eval", "compile", "__import__", "now", "today", "utcnow"}
TOUCHES = {"read_text", "read_bytes", "write_text", "write_bytes", "getenv", "urlopen", "connect"}
OWN_TABLE = 'files("policies").joinpath("'

# Everything is imported first: the tables of the package are read then, once. Afterwards nothing may be touched.
QUIET = """
import pkgutil, importlib, sys
import policies
for found in pkgutil.walk_packages(policies.__path__, "policies."):
    importlib.import_module(found.name)
from policies import documents, exports, headers, instance, metadata, robots, wellknown
from policies.ai_made import Declaration
from policies.crawlers import TABLE
from policies.policy import DEFAULT
from policies.verdict import Surface, verdict

touched = []
watched = ("open", "socket.", "subprocess.", "os.", "shutil.", "urllib.", "sqlite3.", "import")
sys.addaudithook(lambda event, details: event.startswith(watched) and touched.append((event, str(details)[:80])))
base = "https://art.example"
verdicts = [verdict(DEFAULT, row, surface) for row in TABLE for surface in Surface]
texts = [exports.export(form, TABLE, DEFAULT, base, 403) for form in exports.FORMATS]
marked = metadata.marks(DEFAULT, base, declaration=Declaration.GENERATED, creator="Ada")
assert verdicts and all(texts) and marked
print(touched)
"""


def trees() -> Iterator[tuple[str, ast.Module]]:
    for path in sorted((ROOT / "policies").rglob("*.py")):
        yield str(path.relative_to(ROOT)), ast.parse(path.read_text())


def imported(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""


@pytest.mark.rule("P-001")
def test_policies_import_only_what_computes() -> None:
    strays = [
        f"{path} imports {name}"
        for path, tree in trees()
        for name in imported(tree)
        if name not in ALLOWED and name.split(".")[0] != "policies"
    ]
    assert not strays
    there = {each.stem for each in (ROOT / "policies").iterdir()}
    assert there >= ROOMS


def touching(tree: ast.Module) -> Iterator[str]:
    """Calls that would read a clock, a file, the environment or the network; tables of the package apart."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        is_builtin = isinstance(node.func, ast.Name) or name in ("now", "today", "utcnow")
        called = ast.unparse(node).replace("'", '"')
        if (name in CALLS and is_builtin) or (name in TOUCHES and not called.startswith(OWN_TABLE)):
            yield f"{node.lineno}: {called[:80]}"


@pytest.mark.rule("P-001")
def test_policies_touch_no_file_no_clock_and_no_network() -> None:
    assert not [f"{path}:{call}" for path, tree in trees() for call in touching(tree)]
    ended = subprocess.run(
        [sys.executable, "-c", QUIET], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (ended.stdout.strip(), ended.stderr) == ("[]", "")
