"""Lists of domains: what is read from them, and what is not."""

from fedicara.actions.blocklists import parse
from fedicara.models.moderation import Action

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
