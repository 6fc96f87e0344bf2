"""Slow senders: closed, while everybody else is served."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from socket import create_server

import httpx
import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from fedicara.app import create
from fedicara.cli.patience import HEADERS, IDLE, LEAST, Patience
from fedicara.cli.serve import Web, _uvicorn
from fedicara.server import Server
from tests.fedicara.rooms import room

pytestmark = pytest.mark.anyio


class Hurried(Patience):
    """The same, with less time."""

    headers_within = 1.5
    idle_within = 1.5


async def size(request: Request) -> PlainTextResponse:
    return PlainTextResponse(str(len(await request.body())))


@asynccontextmanager
async def serving() -> AsyncIterator[int]:
    app = Starlette(routes=[Route("/", size, methods=["GET", "POST"])])
    web = Web(uvicorn.Config(app, http=Hurried, ws="none", lifespan="off", log_level="critical"))
    with create_server(("127.0.0.1", 0)) as listener:
        running = asyncio.create_task(web.serve(sockets=[listener]))
        await web.listens.wait()
        yield int(listener.getsockname()[1])
        web.should_exit = True
        await running


async def drips(port: int, start: bytes, every: float = 0.05) -> bytes:
    """Send the start, then a byte at a time until the other side hangs up; what it said."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(start)
    answer = asyncio.create_task(reader.read())
    while not answer.done():
        writer.write(b"x")
        await asyncio.wait([answer], timeout=every)
    writer.close()
    try:
        return answer.result()
    except ConnectionResetError:
        return b""  # the other side hung up while a byte was on its way


@pytest.mark.threat("DOS-16")
async def test_who_sends_headers_or_a_body_a_byte_at_a_time_is_left_while_others_are_served() -> None:
    body = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n"
    async with serving() as port, httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client:
        slow = [
            drips(port, start) for start in (b"", b"GET / HTTP/1.1\r\nHost: a\r\nX: ", body) for _ in range(5)
        ]
        waiting = asyncio.gather(*slow)
        for _ in range(20):
            assert (await client.post("/", content=b"y" * 10)).text == "10"
        assert all(b"200 OK" not in answer for answer in await waiting)


@pytest.mark.threat("DOS-16")
async def test_a_long_body_that_keeps_coming_is_taken_whole_and_the_next_request_too() -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(8):
            await asyncio.sleep(0.2)
            yield b"y" * LEAST

    async with serving() as port, httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client:
        assert (await client.post("/", content=pieces())).text == str(8 * LEAST)
        await asyncio.sleep(2)
        assert (await client.get("/")).text == "0", "between requests nothing is due"


@pytest.mark.threat("DOS-16")
async def test_serve_waits_half_a_minute_for_headers_and_a_minute_for_a_body(tmp_path: object) -> None:
    assert (Patience.headers_within, Patience.idle_within) == (HEADERS, IDLE) == (30.0, 60.0)


async def test_serve_has_that_patience(database_url: str, tmp_path) -> None:  # type: ignore[no-untyped-def]
    async with room(database_url, tmp_path) as server:
        assert isinstance(server, Server)
        assert _uvicorn(server, create(server)).http is Patience
