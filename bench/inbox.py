"""Likes, Follows and Creates of 500 actors, signed in either form, to a server of its own, until all are handled."""

import asyncio
import itertools
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import cycle, islice
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from activitypub import cavage, keys, rfc9421
from activitypub.document import Document, dumps, loads
from activitypub.names import ACTIVITY_JSON, PUBLIC
from bench.place import Place, place
from bench.table import show
from fedicara.actions import accounts
from fedicara.actions.accounts import NewAccount
from fedicara.app import close_server, open_server
from fedicara.federation.signed import signatures
from fedicara.models import Actor, Follow, Key, Work
from fedicara.models.ids import new_id
from fedicara.server import Server
from fedicara.settings import Settings

ELSEWHERE = "http://127.0.0.2:9"
ARTISTS, WORKS, PAIRS, CONNECTIONS = 8, 24, 16, 16
GOAL = 400.0
TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Sender:
    """Somebody elsewhere, known to the server already."""

    uri: str
    private: RSAPrivateKey
    public: str


@dataclass
class Figures:
    """What a round took, in seconds; of the processor what the main thread and all the others took."""

    answered: float = 0.0
    handled: float = 0.0
    main: float = 0.0
    others: float = 0.0
    refused: int = 0
    left: int = 0


def main(actors: int, count: int, rounds: int) -> int:
    """Run it."""
    return asyncio.run(measure(actors, count, rounds))


async def measure(actors: int, count: int, rounds: int) -> int:
    """Send, wait until all is handled, print rates and shares; 0 when nothing was lost and the goal is met."""
    os.environ["FEDICARA_INBOX_RATE"] = "0"
    with tempfile.TemporaryDirectory() as folder, place(Path(folder) / "data") as found:
        chosen = Settings(data=found.data, base_url=found.url, egress_allow="127.0.0.0/8")  # type: ignore[arg-type]
        server = await open_server(chosen)
        try:
            with server.database.bound():
                artists, works = await _people(server)
                senders = await _senders(server, actors, artists)
                stated = _activities(artists, works, senders)
                figures = [await _round(server, found, islice(stated, count)) for _ in range(rounds)]
                shares = _alone(server, found, senders[0])
        finally:
            await close_server(server)
        rate = _show(figures, count, shares, found)
    return 0 if rate >= GOAL and not any(each.left or each.refused for each in figures) else 1


def _show(figures: list[Figures], count: int, shares: tuple[float, float], found: Place) -> float:
    """Print the median of the rounds; activities a second of one core."""

    def median(name: str) -> float:
        return statistics.median(getattr(each, name) for each in figures)

    whole = median("main") + median("others")
    checking, reading = (seconds * count for seconds in shares)
    show(
        f"{count:,} Likes, Follows and Creates, signed, one process, SQLite",
        ("what", "figure"),
        [
            ("activities for each second of one core", f"{count / whole:.0f}"),
            ("answered a second, on the clock", f"{count / median('answered'):.0f}"),
            ("handled a second, on the clock", f"{count / median('handled'):.0f}"),
            ("of one core's time, on the clock", f"{whole / median('handled'):.2f}"),
            ("share: checking the signature", f"{checking / whole:.2f}"),
            ("share: reading headers, digest and JSON", f"{reading / whole:.2f}"),
            ("share: the database's thread", f"{median('others') / whole:.2f}"),
            ("share: the rest of the main thread", f"{(median('main') - checking - reading) / whole:.2f}"),
            ("not answered 202", str(sum(each.refused for each in figures))),
            ("not handled", str(sum(each.left for each in figures))),
            ("memory, MiB", f"{found.memory():.0f}"),
        ],
    )
    return count / whole


async def _people(server: Server) -> tuple[list[Actor], list[Work]]:
    """Artists who are locked, so that no delivery of an Accept is measured, each with works."""
    artists = []
    for number in range(ARTISTS):
        account = await accounts.create(server, NewAccount(f"artist{number}", "a long password"))
        artists.append(await Actor.get(account__id=account.id))
    await Actor.filter(id__in=[each.id for each in artists]).update(locked=True)
    works = []
    for number in range(WORKS):
        identifier, artist = new_id(), artists[number % ARTISTS]
        uri = server.url(f"/objects/{identifier}")
        works.append(
            Work(id=identifier, uri=uri, actor=artist, content="<p>Ink.</p>", published=datetime.now(UTC))
        )
    await Work.bulk_create(works)
    return artists, works


async def _senders(server: Server, count: int, artists: list[Actor]) -> list[Sender]:
    """Actors elsewhere whose keys are known, each followed by somebody here."""
    pairs = [keys.generate_rsa() for _ in range(PAIRS)]
    loaded = [(keys.load_private(private), public) for private, public in pairs]
    senders = [
        Sender(f"{ELSEWHERE}/users/{number}", private, public)
        for number, (private, public) in enumerate(islice(cycle(loaded), count))
        if isinstance(private, RSAPrivateKey)
    ]
    rows = [_actor(each) for each in senders]
    async with server.database.transaction():
        await Actor.bulk_create(rows, batch_size=500)
        for row, sender, artist in zip(rows, senders, cycle(artists)):
            await Key.create(actor_id=row.id, uri=f"{row.uri}#main-key", public=sender.public)
            uri = server.url(f"/activities/{new_id()}")
            await Follow.create(uri=uri, follower_id=artist.id, followed_id=row.id, accepted=True)
    return senders


def _actor(sender: Sender) -> Actor:
    return Actor(
        uri=sender.uri,
        username=sender.uri.rpartition("/")[2],
        domain="127.0.0.2:9",
        inbox=f"{sender.uri}/inbox",
        followers=f"{sender.uri}/followers",
        fetched=datetime.now(UTC),
    )


def _activities(
    artists: list[Actor], works: list[Work], senders: list[Sender]
) -> Iterator[tuple[Sender, Document]]:
    """A Like, a Follow and a Create in turn, each from the next sender, without end."""
    for number in itertools.count():
        sender, turn = senders[number % len(senders)], number // len(senders)
        kind = ("Like", "Follow", "Create")[number % 3]
        about: str | Document = {
            "Like": works[turn % WORKS].uri,
            "Follow": artists[turn % ARTISTS].uri,
            "Create": _note(sender),
        }[kind]
        stated = {
            "id": f"{ELSEWHERE}/activities/{new_id()}",
            "type": kind,
            "actor": sender.uri,
            "object": about,
        }
        more = {name: about[name] for name in ("to", "cc")} if isinstance(about, dict) else {}
        yield sender, {"@context": "https://www.w3.org/ns/activitystreams", **stated, **more}


def _note(sender: Sender) -> Document:
    identifier = f"{ELSEWHERE}/notes/{new_id()}"
    return {
        "id": identifier,
        "type": "Note",
        "attributedTo": sender.uri,
        "content": '<p>Three herons at dusk, <a href="https://example.org/tags/ink">#ink</a> on paper.</p>',
        "published": datetime.now(UTC).isoformat(),
        "url": identifier,
        "to": [PUBLIC],
        "cc": [f"{sender.uri}/followers"],
        "tag": [{"type": "Hashtag", "name": "#ink", "href": "https://example.org/tags/ink"}],
        "attachment": [
            {"type": "Document", "mediaType": "image/jpeg", "url": f"{identifier}/1.jpg", "name": "Herons"}
        ],
    }


def _headers(sender: Sender, url: str, body: bytes, *, newer: bool) -> dict[str, str]:
    key_id = f"{sender.uri}#main-key"
    if newer:
        return rfc9421.sign("POST", url, body, key_id, sender.private, datetime.now(UTC))
    return cavage.sign("POST", url, {}, body, key_id, sender.private)


def _request(found: Place, sender: Sender, activity: Document, *, newer: bool) -> bytes:
    body = dumps(activity)
    headers = _headers(sender, f"{found.url}/inbox", body, newer=newer)
    more = {"Content-Type": ACTIVITY_JSON, "Content-Length": str(len(body))}
    lines = [f"{name}: {value}" for name, value in {**headers, **more}.items()]
    return "\r\n".join(["POST /inbox HTTP/1.1", *lines]).encode() + b"\r\n\r\n" + body


@dataclass
class Connection(asyncio.Protocol):
    """Sends the next request as soon as the one before is answered."""

    requests: Iterator[bytes]
    done: asyncio.Event
    refused: list[bytes] = field(default_factory=list)
    buffer: bytearray = field(default_factory=bytearray)
    transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self._next()

    def data_received(self, data: bytes) -> None:
        """Read the whole answer, then ask again."""
        self.buffer += data
        while (end := self.buffer.find(b"\r\n\r\n")) >= 0:
            head = bytes(self.buffer[:end]).lower()
            length = int((head.partition(b"content-length:")[2].split(b"\r\n")[0]) or 0)
            if len(self.buffer) < end + 4 + length:
                return
            if not head.startswith(b"http/1.1 202"):
                self.refused.append(bytes(self.buffer[: end + 4 + length]))
            del self.buffer[: end + 4 + length]
            self._next()

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing more comes."""
        self.done.set()

    def _next(self) -> None:
        request = next(self.requests, None)
        if request is None:
            self.done.set()
        elif self.transport is not None:
            self.transport.write(request)


async def _round(server: Server, found: Place, stated: Iterable[tuple[Sender, Document]]) -> Figures:
    requests = [
        _request(found, sender, activity, newer=number % 2 == 1)
        for number, (sender, activity) in enumerate(stated)
    ]
    before, started = _threads(found), time.perf_counter()
    waiting = iter(requests)
    connections = [Connection(waiting, asyncio.Event()) for _ in range(CONNECTIONS)]
    for each in connections:
        await asyncio.get_running_loop().create_connection(lambda each=each: each, "127.0.0.1", found.port)  # type: ignore[misc]
    for each in connections:
        await each.done.wait()
    answered = time.perf_counter() - started
    left = await _settled(server)
    handled, after = time.perf_counter() - started, _threads(found)
    for each in connections:
        if each.transport is not None:
            each.transport.close()
    refused = sum(len(each.refused) for each in connections)
    return Figures(answered, handled, after[0] - before[0], after[1] - before[1], refused, left)


async def _settled(server: Server) -> int:
    """Wait until everything that was kept is handled; how many are not after two minutes."""
    left = 0
    for _ in range(1200):
        row = await server.database.row("SELECT count(*) AS n FROM inbound WHERE document <> ''")
        left = row["n"] if row else 0
        if not left:
            break
        await asyncio.sleep(0.1)
    return left


def _threads(found: Place) -> tuple[float, float]:
    """Seconds of the processor that the server's main thread has taken, and all its others."""
    taken = {}
    for task in Path(f"/proc/{found.process.pid}/task").iterdir():
        fields = (task / "stat").read_text().rpartition(")")[2].split()
        taken[int(task.name)] = (int(fields[11]) + int(fields[12])) / TICKS
    main = taken.pop(found.process.pid)
    return main, sum(taken.values())


def _alone(server: Server, found: Place, sender: Sender) -> tuple[float, float]:
    """Seconds of the processor for one activity: the check of a signature, and all reading before it, alone."""
    body = dumps({"id": f"{ELSEWHERE}/1", "type": "Create", "actor": sender.uri, "object": _note(sender)})
    public, made = keys.load_public(sender.public), []
    for newer in (False, True):
        headers = _headers(sender, f"{found.url}/inbox", body, newer=newer)
        lower = {name.lower(): value for name, value in headers.items()}
        made.append(signatures.Received("POST", "/inbox", lower, body))
    message = keys.sign(sender.private, body)

    def read() -> None:
        for request in made:
            stated = signatures.read(request)
            assert stated is not None
            loads(request.body)
            signatures.check_claims(server, request, stated)

    return _seconds(lambda: keys.verify(public, message, body)), _seconds(read) / len(made)


def _seconds(once: Callable[[], object], times: int = 2000) -> float:
    started = time.process_time()
    for _ in range(times):
        once()
    return (time.process_time() - started) / times
