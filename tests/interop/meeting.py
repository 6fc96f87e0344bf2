"""What both sides of an interoperability test do: publish, look, wait."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import httpx

from fedicara.actions import accounts, authentication
from fedicara.models import Account, Follow
from fedicara.server import Server
from tests.fediverse import drawing
from tests.interop.home import Home
from tests.interop.peer import Peer


@dataclass(frozen=True, slots=True)
class Meeting:
    """Both sides, running."""

    home: Home
    peer: Peer


def good(answer: httpx.Response) -> Any:
    assert answer.status_code in (200, 202), f"{answer.request.url}: {answer.status_code} {answer.text}"
    return answer.json()


def eventually(question: Callable[[], Any], seconds: float = 90.0) -> Any:
    """The first answer that is not empty."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if answer := question():
            return answer
        time.sleep(0.1)
    raise AssertionError("nothing came")


def published(home: Home, text: str, pictures: int = 1) -> Any:
    """A status of ada's with so many pictures, once it is out."""
    media = [uploaded(home, number) for number in range(1, pictures + 1)]
    status = good(home.api.post("/api/v1/statuses", json={"media_ids": media, "status": text}))
    return eventually(lambda: ready(home, status["id"]))


def uploaded(home: Home, number: int) -> Any:
    file = ("fog.png", drawing(300, 200), "image/png")
    alt = {"description": f"A grey slope, {number}"}
    return good(home.api.post("/api/v2/media", files={"file": file}, data=alt))["id"]


def ready(home: Home, identifier: str) -> Any:
    """The status, once its pictures are prepared."""
    status = good(home.api.get(f"/api/v1/statuses/{identifier}"))
    attachments = status["media_attachments"]
    return status if attachments and all(each["url"] for each in attachments) else None


def counts(home: Home, identifier: str) -> tuple[int, int]:
    status = good(home.api.get(f"/api/v1/statuses/{identifier}"))
    return status["favourites_count"], status["reblogs_count"]


def following(home: Home, identifier: str) -> bool:
    answer = home.api.get("/api/v1/accounts/relationships", params={"id[]": identifier})
    return bool(good(answer)[0]["following"])


def home_timeline(home: Home) -> list[Any]:
    return list(good(home.api.get("/api/v1/timelines/home")))


def react_to(home: Home, peer: Peer, identifier: str, post: str) -> None:
    """Our like, boost and reply reach the peer."""
    for name, kind in (("favourite", "Like"), ("reblog", "Announce")):
        good(home.api.post(f"/api/v1/statuses/{identifier}/{name}"))
        assert peer.heard(kind)["object"] == post
    good(home.api.post("/api/v1/statuses", json={"status": "What dunes!", "in_reply_to_id": identifier}))
    assert eventually(lambda: peer.heard("Create")["object"].get("inReplyTo") == post)
    note = peer.heard("Create")["object"]
    assert "What dunes!" in note["content"]
    assert peer.actor in str(note["tag"])


def followers(home: Home, actor: str) -> int:
    async def count(server: Server) -> int:
        return await Follow.filter(followed__uri=actor, accepted=True).count()

    return home.running.call(count)


async def lock(server: Server, username: str) -> str:
    """Have somebody ask before anybody follows them; a token of theirs."""
    viewer = await viewer_of(server, username)
    await accounts.update_profile(server, viewer, accounts.ProfileChange(locked=True))
    return await authentication.make_token(server, viewer.account, "read write follow")


async def viewer_of(server: Server, username: str) -> authentication.Viewer:
    """Somebody as they use the place."""
    account = await Account.get(actor__username=username)
    token = await authentication.make_token(server, account, "read write follow")
    viewer = await authentication.viewer_of_bearer(server, token)
    assert viewer is not None
    return viewer
