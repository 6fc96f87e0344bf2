"""SQLite databases for tests: the tables are made once, and every test copies the file."""

import asyncio
import shutil
import tempfile
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path

from fedicara.models.database import open_database


def fresh(url: str) -> str:
    """The address, with a migrated and empty database behind it where it names a file of SQLite that is not there."""
    path = Path(url.removeprefix("sqlite://"))
    if url.startswith("sqlite://") and not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(_template())
    return url


@cache
def _template() -> bytes:
    folder = Path(tempfile.mkdtemp(prefix="fedicara-sqlite-"))
    try:
        # In a thread of its own, since whoever asks is inside a loop.
        with ThreadPoolExecutor(1) as pool:
            pool.submit(asyncio.run, _migrate(folder / "template.db")).result()
        return (folder / "template.db").read_bytes()
    finally:
        shutil.rmtree(folder)


async def _migrate(path: Path) -> None:
    database = await open_database(f"sqlite://{path}")
    await database.migrate()
    await database.close()
