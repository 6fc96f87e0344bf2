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
async def test_ranges_however_many_are_answered_with_the_whole_picture(
    island: Island, ada: Person, visitor: httpx.AsyncClient
) -> None:
    status = await ada.post(drawing())
    address = status["media_attachments"][0]["url"]
    whole = await visitor.get(address)
    many = ", ".join(f"{place}-{place + 2}" for place in range(5_000))
    for ranges in ("0-0", "-0", many, ", ".join(["0-"] * 50_000), "9-1", "no number"):
        answer = await visitor.get(address, headers={"Range": f"bytes={ranges}"})
        assert (answer.status_code, answer.content) == (200, whole.content)


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
