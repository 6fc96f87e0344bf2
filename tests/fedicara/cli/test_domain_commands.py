"""Rules about other servers, from the command line."""

import asyncio
from pathlib import Path

import pytest

from fedicara.actions import hosts
from fedicara.cli.configuration import load, opened
from fedicara.models import Actor, Peer
from tests.fedicara.cli.command import Place


@pytest.mark.rule("F-306")
def test_rules_are_set_imported_listed_removed_and_logged(tmp_path: Path) -> None:
    place, source = Place(tmp_path / "data").settled(), tmp_path / "list.txt"
    source.write_text("worse.example\n127.0.0.1\n")
    assert place.tell("domains", "set", "Bad.example", "reject", "--note", "floods us").returncode == 0
    dry = place.tell("domains", "import", source, "--source", "friends")
    assert dry.stdout == "+\tworse.example\treject\n"
    assert "--apply" in dry.stderr
    assert place.tell("domains", "list").stdout == "bad.example\treject\t\tfloods us\n"
    assert place.tell("domains", "import", source, "--source", "friends", "--apply").returncode == 0
    assert place.tell("domains", "remove", "bad.example").returncode == 0
    assert place.tell("domains", "list").stdout == "worse.example\treject\tfriends\t\n"
    again = place.tell("domains", "remove", "bad.example")
    assert (again.returncode, again.stderr.count("\n")) == (1, 1)
    log = place.tell("audit").stdout
    assert [word in log for word in ("domains set", "domains import", "domains remove")] == [True] * 3


@pytest.mark.rule("F-306")
def test_lists_are_subscribed_to_confirmed_refreshed_and_left(tmp_path: Path) -> None:
    place, source = Place(tmp_path / "data").settled(), tmp_path / "list.txt"
    source.write_text("bad.example\nworse.example\n127.0.0.1\n")
    missing = place.tell("domains", "subscribe", tmp_path / "none.txt")
    assert (missing.returncode, missing.stderr.count("\n")) == (3, 1)
    first = place.tell("domains", "subscribe", source)
    assert first.stdout == "+\tbad.example\treject\n+\tworse.example\treject\n"
    assert "127.0.0.1" in first.stderr
    assert place.tell("domains", "subscribe", source).returncode == 1
    assert place.tell("domains", "confirm", "bad.example").returncode == 0
    assert place.tell("domains", "confirm", "nobody.example").returncode == 1
    source.write_text("new.example\n")
    refused = place.tell("domains", "refresh")
    assert (refused.returncode, refused.stdout, "more than half" in refused.stderr) == (3, "", True)
    assert "more than half" in place.tell("domains", "subscriptions").stdout
    taken = place.tell("domains", "refresh", source, "--even-halved")
    assert taken.stdout.splitlines() == [
        "+\tnew.example\treject",
        "-\tbad.example\treject",
        "-\tworse.example\treject",
    ]
    row = place.tell("domains", "subscriptions").stdout.rstrip("\n").split("\t")
    assert (row[0], row[1], row[3]) == (str(source), "1", "")
    assert place.tell("domains", "list").stdout == (
        f"bad.example\treject\t\tconfirmed\nnew.example\treject\t{source}\t\n"
    )
    assert place.tell("domains", "unsubscribe", source).returncode == 0
    assert place.tell("domains", "unsubscribe", source).returncode == 1
    assert place.tell("domains", "list").stdout == "bad.example\treject\t\tconfirmed\n"
    log = place.tell("audit").stdout
    words = ("subscribe", "confirm", "refresh failed", "import", "unsubscribe")
    assert [f"domains {word}" in log for word in words] == [True] * 5


@pytest.mark.rule("F-277")
def test_other_servers_are_listed_with_what_they_run(tmp_path: Path) -> None:
    place = Place(tmp_path / "data").settled()

    async def met() -> None:
        async with opened(load(place.data)) as server:
            for name in ("ada", "bob"):
                uri = f"https://good.example/users/{name}"
                await Actor.create(uri=uri, username=name, domain="good.example")
            await Peer.create(host="good.example", software="mastodon", version="4.6.5", asked=server.now())
            await hosts.count_picture("https://media.example/heron.png", 2_000)

    asyncio.run(met())
    listed = place.tell("hosts", "list").stdout
    assert listed == (
        "good.example\tmastodon\t4.6.5\t2\t0\t0\t0\tneutral\t\t\t0\n"
        "media.example\t\t\t0\t0\t1\t2000\tneutral\t\t\t0\n"
    )
    assert place.tell("hosts", "mark", "good.example", "contrary").stdout == ""
    assert "\tcontrary\tmarked by an admin\t" in place.tell("hosts", "list").stdout
    assert "friendly is not one of" in place.run("hosts", "mark", "good.example", "friendly").stderr
    place.tell("hosts", "mark", "good.example", "none")
    assert "contrary" not in place.tell("hosts", "list").stdout


@pytest.mark.rule("P-032")
def test_what_copies_say_where_their_origin_is_silent_is_set_at_the_command_line(tmp_path: Path) -> None:
    place = Place(tmp_path / "data").settled()
    default = "search=indexable\nai_train=deny\nai_input=deny\ntdm=reserved\n"
    assert place.tell("hosts", "default").stdout == default
    changed = default.replace("ai_input=deny", "ai_input=origin")
    assert place.tell("hosts", "default", "ai_input=origin").stdout == changed
    assert "tdm" in place.run("hosts", "default", "ai_train=allow", "tdm=maybe").stderr
    assert place.tell("hosts", "default").stdout == changed
    assert "hosts default" in place.tell("audit").stdout
