"""A 12-megapixel JPEG from upload to published: seconds on the clock, and of one core's work."""

import tempfile
import time
from pathlib import Path

import httpx

from bench.place import Place, drawn, place, until_published
from bench.table import show

GOAL = 6.0


async def measure() -> int:
    """Upload three times and print each; 0 when all were published."""
    with tempfile.TemporaryDirectory() as folder, place(Path(folder) / "data") as found:
        found.command("accounts", "create", "ada", "--password-stdin", stdin="a long password\n")
        token = found.command("tokens", "create", "ada", "--scope", "read write")
        picture = drawn(Path(folder) / "picture.jpg", 4_000, 3_000)
        rows = [await _once(found, token, picture, number) for number in range(3)]
        size = f"{picture.stat().st_size / 1e6:.1f} MB"
        show(
            f"A 12-megapixel JPEG of {size}, goal {GOAL:.0f} s of one core",
            ("run", "clock s", "core s", "state"),
            rows,
        )
        return 0 if all(row[3] == "published" for row in rows) else 1


async def _once(found: Place, token: str, picture: Path, number: int) -> tuple[str, ...]:
    headers = {"Authorization": f"Bearer {token}"}
    worked, started = _cpu(found), time.perf_counter()
    async with httpx.AsyncClient(base_url=found.url, headers=headers, timeout=120) as client:
        with picture.open("rb") as file:
            upload = await client.post(
                "/api/v2/media", files={"file": file}, data={"description": "Soft shapes."}
            )
        upload.raise_for_status()
        await until_published(client, upload.json()["id"])
        posted = await client.post("/api/v1/statuses", json={"media_ids": [upload.json()["id"]]})
        posted.raise_for_status()
        state = posted.json()["fedicara"]["state"]
    return str(number + 1), f"{time.perf_counter() - started:.1f}", f"{_cpu(found) - worked:.1f}", state


def _cpu(found: Place) -> float:
    """Seconds of work of the server and of the picture processes it has waited for."""
    fields = Path(f"/proc/{found.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
    ticks = sum(int(fields[place]) for place in (11, 12, 13, 14))
    return ticks / 100.0
