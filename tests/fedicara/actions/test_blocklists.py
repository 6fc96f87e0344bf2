"""Lists of domains: what is read from them, and what is not."""

from pathlib import Path

import pytest

from fedicara.actions.blocklists import MOST_BYTES, MOST_LINES, UnreadableError, parse, read
from fedicara.models.moderation import Action
from tests.fedicara.rooms import room

CSV = """\ufeff#domain,#severity,#reject_media,#reject_reports,#public_comment,#obfuscate
Bad.Example.,suspend,True,True,"spam, mostly",False
loud.example,silence,False,False,,False
quiet.example,noop,true,false,,False
b*d.example,suspend,False,False,,True
nothing.example,noop,False,False,,False
"""


def test_a_csv_export_says_what_is_done_to_each_domain() -> None:
    entries = {entry.domain: entry for entry in parse(CSV)}
    assert {name: entry.actions for name, entry in entries.items()} == {
        "bad.example": {Action.REJECT, Action.HIDE_MEDIA, Action.NO_REPORTS},
        "loud.example": {Action.UNLIST},
        "quiet.example": {Action.HIDE_MEDIA},
    }
    assert entries["bad.example"].note == "spam, mostly"


def test_a_csv_with_nothing_but_domains_rejects_them() -> None:
    assert [(each.domain, each.actions) for each in parse("domain\nbad.example\n")] == [
        ("bad.example", {Action.REJECT})
    ]


def test_plain_text_rejects_each_domain_once_whatever_its_spelling() -> None:
    text = "# a list\nbad.example # why\n*.BAD.example\n\nbücher.example\ncom\nno domain\n"
    assert [entry.domain for entry in parse(text)] == ["bad.example", "xn--bcher-kva.example"]


def test_an_empty_list_is_empty() -> None:
    assert parse("") == []


@pytest.mark.anyio
@pytest.mark.rule("F-306")
async def test_a_list_that_is_missing_too_large_or_none_is_not_read(tmp_path: Path) -> None:
    files = {
        "large": b"a" * (MOST_BYTES + 1),
        "long": b"x.example\n" * (MOST_LINES + 1),
        "page": b"<!doctype html>\n<title>Sign in</title>\n",
    }
    (tmp_path / "data").mkdir()
    async with room(f"sqlite://{tmp_path / 'test.db'}", tmp_path / "data") as server:
        for name, body in files.items():
            (tmp_path / name).write_bytes(body)
        for name in (*files, "missing"):
            with pytest.raises(UnreadableError, match=name):
                await read(server, str(tmp_path / name))
        with pytest.raises(UnreadableError, match="cannot be reached"):
            await read(server, "https://lists.example/blocklist.csv")
        (tmp_path / "good").write_text("x.example\n" * MOST_LINES)
        assert [each.domain for each in await read(server, str(tmp_path / "good"))] == ["x.example"]
