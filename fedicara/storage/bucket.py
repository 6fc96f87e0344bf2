"""Pictures in a bucket of any S3-compatible service, dialled as the operator configured it."""

import errno
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import obstore
from obstore.exceptions import BaseError
from obstore.store import S3Store

from fedicara.storage.keys import checked_key, is_key
from media.storage import Kept, Span, StorageAway, Stored

if TYPE_CHECKING:
    from obstore.store import ClientConfig

PIECE = 1024 * 1024
"""What is read of a file at a time: a visitor who reads slowly holds this much, and no connection."""
PART = 8 * 1024 * 1024
_CODE = re.compile(r"<Code>(\w+)</Code>")
_STATUS = re.compile(r"status code: (\d{3})")
_NO_ROOM = frozenset({"QuotaExceeded", "XMinioStorageFull", "InsufficientStorage", "507"})


class BucketFull(OSError):
    """The service says that nothing more fits in."""


class BucketAway(StorageAway):
    """The service did not do it; `code` is its own word for why, as `NoSuchBucket`, or empty if it said nothing."""

    def __init__(self, error: BaseException) -> None:
        self.code = _code(error)
        super().__init__(f"the bucket does not do it: {self.code or str(error)[:300]}")


@dataclass(frozen=True, slots=True)
class Access:
    """Where a bucket is, and with which key it is opened."""

    bucket: str
    endpoint: str
    region: str
    key_id: str
    secret: str = field(repr=False)
    path_style: bool = True
    prefix: str = ""
    authority: bytes | None = None


class Bucket:
    """`media.storage.Storage` on objects; the service shows an object whole or not at all."""

    def __init__(self, access: Access) -> None:
        self._prefix = f"{access.prefix.strip('/')}/" if access.prefix.strip("/") else ""
        self._store = S3Store(
            access.bucket,
            endpoint=_endpoint(access),
            region=access.region,
            access_key_id=access.key_id,
            secret_access_key=access.secret,
            virtual_hosted_style_request=not access.path_style,
            # Not every service knows how to delete many at once.
            disable_bulk_delete=True,
            client_options=_client(access),
            retry_config={"max_retries": 3, "retry_timeout": timedelta(seconds=20)},
        )

    async def write(self, key: str, content: bytes | Path) -> None:
        """Keep bytes, or send a file in parts."""
        with _told(key):
            await obstore.put_async(
                self._store, self._name(checked_key(key)), content, chunk_size=PART, max_concurrency=2
            )

    async def open(self, key: str, span: Span | None = None) -> Stored:
        """Read an object piece by piece, each with a request of its own."""
        name = self._name(checked_key(key))
        with _told(key):
            size = (await obstore.head_async(self._store, name))["size"]
        start, end = span or (0, size)
        return Stored(size, self._chunks(name, start, min(end, size)))

    async def _chunks(self, name: str, start: int, end: int) -> AsyncIterator[bytes]:
        while start < end:
            with _told(name):
                piece = await obstore.get_range_async(
                    self._store, name, start=start, end=min(start + PIECE, end)
                )
            start += len(piece)
            yield bytes(piece)

    async def delete(self, key: str) -> None:
        """Forget an object."""
        if is_key(key):
            try:
                with _told(key):
                    await obstore.delete_async(self._store, self._name(key))
            except FileNotFoundError:
                """Some services say so, most do not."""

    async def exists(self, key: str) -> bool:
        """Whether there is such an object."""
        if not is_key(key):
            return False
        try:
            with _told(key):
                await obstore.head_async(self._store, self._name(key))
        except FileNotFoundError:
            return False
        return True

    async def kept(self) -> AsyncIterator[Kept]:
        """Every object below the prefix that could be ours."""
        with _told("the list of files"):
            async for batch in obstore.list(self._store, self._prefix or None):
                for each in batch:
                    key = each["path"].removeprefix(self._prefix)
                    if is_key(key):
                        yield Kept(key, each["size"], each["last_modified"])

    async def sweep(self, before: datetime) -> int:
        """Nothing to do: parts of what was never finished are the service's, which needs a rule to drop them."""
        return 0

    def _name(self, key: str) -> str:
        return self._prefix + key


def _endpoint(access: Access) -> str:
    """Where requests go: the service itself, or the bucket's own host there."""
    if access.path_style:
        return access.endpoint
    parts = urlsplit(access.endpoint)
    return parts._replace(netloc=f"{access.bucket}.{parts.netloc}").geturl()


def _client(access: Access) -> "ClientConfig":
    client: ClientConfig = {
        "allow_http": access.endpoint.startswith("http:"),
        "connect_timeout": timedelta(seconds=5),
        "timeout": timedelta(minutes=2),
        "user_agent": "fedicara",
    }
    if access.authority is not None:
        client["root_certificate"] = access.authority
    return client


@contextmanager
def _told(key: str) -> Iterator[None]:
    """What the service answers, as the errors that the protocol names."""
    try:
        yield
    except FileNotFoundError as error:
        if _code(error) == "NoSuchBucket":
            raise BucketAway(error) from error
        raise FileNotFoundError(key) from error
    except BaseError as error:
        if _code(error) in _NO_ROOM:
            raise BucketFull(errno.ENOSPC, "the bucket is full") from error
        raise BucketAway(error) from error


def _code(error: BaseException) -> str:
    found = _CODE.search(str(error)) or _STATUS.search(str(error))
    return found[1] if found else ""
