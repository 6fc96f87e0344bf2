"""Pictures over HTTP: what a browser may ask of them, and what goes on meanwhile."""

import io
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from fedicara.settings import Settings
from tests.fedicara.web.conftest import Island, Person
from tests.fediverse import drawing
from tests.interop.peer import free_port
from tests.running import Running

BIG = b"\x89PNG\r\n\x1a\n" + bytes(24 * 1024 * 1024)


@pytest.mark.anyio
@pytest.mark.threat("DOS-14")
async def test_many_ranges_are_answered_with_the_whole_picture(
    island: Island, ada: Person, visitor: httpx.AsyncClient
) -> None:
    status = await ada.post(drawing())
    address = status["media_attachments"][0]["url"]
    whole = await visitor.get(address)
    many = ", ".join(f"{place}-{place + 2}" for place in range(5_000))
    for asked in (
        f"bytes={many}",
        "bytes=" + ", ".join(["0-"] * 50_000),
        "bytes=0-1,5-6",
        "pages=1-2",
        "none",
    ):
        answer = await visitor.get(address, headers={"Range": asked})
        assert (answer.status_code, answer.content) == (200, whole.content)


@pytest.mark.anyio
@pytest.mark.threat("DOS-14")
@pytest.mark.rule("P-101")
async def test_a_part_of_a_picture_is_answered_with_what_the_whole_states(
    island: Island, ada: Person, visitor: httpx.AsyncClient
) -> None:
    status = await ada.post(drawing(500, 400))
    address = status["media_attachments"][0]["url"]
    whole = await visitor.get(address)
    size, etag = len(whole.content), whole.headers["etag"]
    assert whole.headers["accept-ranges"] == "bytes"
    assert whole.headers["cache-control"] == "public, max-age=86400"
    parts = {
        "0-0": (0, 1),
        "10-19": (10, 20),
        "100-": (100, size),
        "-7": (size - 7, size),
        f"5-{size * 9}": (5, size),
        f"-{size * 9}": (0, size),
    }
    for asked, (first, end) in parts.items():
        answer = await visitor.get(address, headers={"Range": f"bytes={asked}", "If-Range": etag})
        assert (answer.status_code, answer.content) == (206, whole.content[first:end]), asked
        assert answer.headers["content-range"] == f"bytes {first}-{end - 1}/{size}"
        assert answer.headers["content-length"] == str(end - first)
        for name in (
            "content-type",
            "etag",
            "cache-control",
            "x-robots-tag",
            "content-usage",
            "tdm-reservation",
        ):
            assert answer.headers[name] == whole.headers[name], name
    for asked in ("-0", f"{size}-", "9-1", "no number", "", "1-2-3"):
        answer = await visitor.get(address, headers={"Range": f"bytes={asked}"})
        assert (answer.status_code, answer.content) == (416, b""), asked
        assert answer.headers["content-range"] == f"bytes */{size}"
        assert answer.headers["content-usage"] == whole.headers["content-usage"]
    for stale in ('"another"', f"W/{etag}", "Sat, 21 Nov 2026 18:03:22 GMT"):
        answer = await visitor.get(address, headers={"Range": "bytes=0-5", "If-Range": stale})
        assert (answer.status_code, answer.content) == (200, whole.content)


@pytest.mark.anyio
@pytest.mark.rule("P-101")
async def test_who_has_a_picture_is_told_so_and_a_head_says_what_a_get_does(
    island: Island, ada: Person, visitor: httpx.AsyncClient
) -> None:
    status = await ada.post(drawing(500, 400))
    address = status["media_attachments"][0]["url"]
    whole = await visitor.get(address)
    etag = whole.headers["etag"]
    for named in (etag, f"W/{etag}", f'"other", {etag}', "*"):
        for method in ("GET", "HEAD"):
            headers = {"If-None-Match": named, "Range": "bytes=0-5"}
            answer = await visitor.request(method, address, headers=headers)
            assert (answer.status_code, answer.content, answer.headers["etag"]) == (304, b"", etag)
            assert answer.headers["cache-control"] == whole.headers["cache-control"]
    assert (await visitor.get(address, headers={"If-None-Match": '"other"'})).status_code == 200
    for headers in ({}, {"Range": "bytes=0-5"}):
        head = await visitor.head(address, headers=headers)
        assert (head.status_code, head.content) == (200, b"")
        for name in ("content-length", "content-type", "etag", "accept-ranges", "content-usage"):
            assert head.headers[name] == whole.headers[name], name


@pytest.mark.threat("DOS-15")
def test_others_are_answered_while_large_uploads_come_in(tmp_path: Path) -> None:
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    running = Running(
        Settings(base_url=address, data=tmp_path, egress_allow="127.0.0.0/8"), "127.0.0.1", port
    )
    running.start()
    try:
        token = running.artist("ada")
        finished = threading.Event()

        def upload(_number: int) -> int:
            files = {"file": ("big.png", io.BytesIO(BIG), "image/png")}
            headers = {"Authorization": f"Bearer {token}"}
            return httpx.post(f"{address}/api/v1/media", files=files, headers=headers, timeout=60).status_code

        def visit() -> int:
            answered = 0
            with httpx.Client(base_url=address, timeout=60) as visitor:
                while not finished.is_set():
                    assert visitor.get("/robots.txt").status_code == 200
                    answered += 1
            return answered

        with ThreadPoolExecutor(5) as pool:
            visits = pool.submit(visit)
            uploads = list(pool.map(upload, range(4)))
            finished.set()
            # Where an upload kept the server busy, a visitor would have been answered once after each.
            assert visits.result() > 10 * len(uploads)
        # Refused, or taken to be refused later where the machine is busy.
        assert set(uploads) <= {202, 422}
    finally:
        running.stop()
