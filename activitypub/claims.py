"""What both kinds of request signature say of a request besides the signature: its host and its time."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Final, TypedDict

from activitypub import keys
from activitypub.errors import SignatureError

PAST: Final = timedelta(hours=1)
FUTURE: Final = timedelta(minutes=5)


class Claimed(TypedDict):
    """What of a request can be checked before its key is known.

    `headers` are those received, `host` the configured authority, `now` the time of receipt with its zone.
    """

    method: str
    headers: Mapping[str, str]
    host: str
    now: datetime


class Received(Claimed):
    """What a signature is checked against.

    `target` is the path with its query as received, `public_key` the loaded key of `key_id`.
    """

    target: str
    public_key: keys.Public


def reads(method: str) -> bool:
    """Say whether the method only reads, so that there is no body to sign."""
    return method.upper() in ("GET", "HEAD")


def lower(headers: Mapping[str, str]) -> dict[str, str]:
    """Return headers by their names in lower case."""
    return {name.lower(): value.strip() for name, value in headers.items()}


def targets(method: str, target: str) -> tuple[str, ...]:
    """Return the targets that may have been signed: a GET's also without its query (F-313, SIG-20)."""
    return tuple(dict.fromkeys((target, target.partition("?")[0]))) if reads(method) else (target,)


def check_host(stated: str | None, host: str) -> None:
    """Raise SignatureError unless the request names the configured host (F-313)."""
    if (stated or "").lower() != host.lower():
        raise SignatureError("host_mismatch", "The signed host is not this one.")


def check_time(now: datetime, date: str | None, created: int | None, expires: int | None) -> None:
    """Raise SignatureError unless every stated time is within the window (F-314); seconds are Unix seconds."""
    stated = [_date(date)] if date is not None else []
    if created is not None:
        stated.append(datetime.fromtimestamp(created, UTC))
    if any(not now - PAST <= moment <= now + FUTURE for moment in stated):
        raise SignatureError("stale", "The request is too old, or dated in the future.")
    if expires is not None and expires < now.timestamp():
        raise SignatureError("stale", "The signature has expired.")


def _date(value: str) -> datetime:
    try:
        moment = parsedate_to_datetime(value)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError, IndexError) as error:
        raise SignatureError("stale", "The Date header is not a date.") from error
