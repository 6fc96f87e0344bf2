"""Whether a storage does what it is there for: a small file is written, listed, read and deleted."""

import secrets
from collections.abc import Coroutine

from media.storage import Storage, StorageAway

_CONTENT = b"fedicara tries whether pictures can be kept here"


class TrialFailed(Exception):
    """What cannot be done, as in `a file cannot be read`; the cause says why."""


async def try_out(storage: Storage) -> None:
    """Do each thing once; raises TrialFailed."""
    key = f"{secrets.token_hex(16)}.trial"
    await _step("written", _write(storage, key))
    try:
        await _step("read", _read(storage, key))
        await _step("listed", _list(storage))
    finally:
        await _step("deleted", _delete(storage, key))


async def _step(done: str, step: Coroutine[None, None, bool]) -> None:
    try:
        is_well = await step
    except (StorageAway, FileNotFoundError) as error:
        raise TrialFailed(f"a file cannot be {done}") from error
    if not is_well:
        raise TrialFailed(f"a file cannot be {done}")


async def _write(storage: Storage, key: str) -> bool:
    await storage.write(key, _CONTENT)
    return await storage.exists(key)


async def _read(storage: Storage, key: str) -> bool:
    stored = await storage.open(key)
    return b"".join([piece async for piece in stored.chunks]) == _CONTENT


async def _list(storage: Storage) -> bool:
    """The first one will do: there may be millions."""
    async for _ in storage.kept():
        return True
    return False


async def _delete(storage: Storage, key: str) -> bool:
    await storage.delete(key)
    return not await storage.exists(key)
