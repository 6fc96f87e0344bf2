"""Read untrusted JSON safely: ids, types, text, times, origins, depth."""

import re
from collections.abc import Container
from datetime import UTC, datetime
from typing import Any, Final

import orjson

from activitypub.errors import MalformedDocument
from activitypub.names import PUBLIC, PUBLIC_SPELLINGS

Document = dict[str, Any]

MAX_DEPTH: Final = 64
MAX_ID: Final = 2048

_PREFIX = re.compile(r"(?:as|toot|misskey|litepub|gts):")
_KEYWORDS = {"@id": "id", "@type": "type"}
_URL = re.compile(r"(https?)://([^/?#\\]*)([/?#][^\\]*)?", re.IGNORECASE)
_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_AUTHORITY = re.compile(rf"({_LABEL}(?:\.{_LABEL})*)\.?(?::([0-9]{{1,5}}))?")
_BLANK = re.compile(r"[\s\x00-\x20\x7f-\x9f\ud800-\udfff]")
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
_DEFAULT_PORTS = {"http": 80, "https": 443}


def loads(body: bytes) -> Document:
    """Return the JSON object in these bytes, or raise MalformedDocument.

    Objects and lists nest at most 64 deep. Known prefixes of terms are cut, `@id` and `@type` become `id` and
    `type`; two spellings of one term that disagree make the document malformed (F-007, F-014).
    """
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise MalformedDocument("This is not JSON, or it nests too deeply.") from error
    if not isinstance(value, dict):
        raise MalformedDocument("The document must be a JSON object.")
    return _plain_object(value, 1)


def _plain(value: Any, depth: int) -> Any:
    if depth > MAX_DEPTH:
        raise MalformedDocument(f"The document nests more than {MAX_DEPTH} deep.")
    if isinstance(value, dict):
        return _plain_object(value, depth)
    if isinstance(value, list):
        return [_plain(entry, depth + 1) for entry in value]
    return value


def _plain_object(value: Document, depth: int) -> Document:
    plain: Document = {}
    for key, entry in value.items():
        name = _KEYWORDS.get(key) or _short(key)
        shortened = _plain(entry, depth + 1)
        if name in plain and plain[name] != shortened:
            raise MalformedDocument(f"Two spellings of {name[:40]!r} disagree.")
        plain[name] = shortened
    return plain


def _short(name: str) -> str:
    """Return a term without a known prefix."""
    return name[found.end() :] if (found := _PREFIX.match(name)) else name


def dumps(document: Document) -> bytes:
    """Return the document as compact UTF-8 JSON."""
    return orjson.dumps(document)


def _split(url: str) -> tuple[str, str] | None:
    """Return (origin, rest) of an http or https URL in canonical form, or None."""
    found = _URL.fullmatch(url) if len(url) <= MAX_ID and not _BLANK.search(url) else None
    if found is None:
        return None
    scheme = found[1].lower()
    authority = _AUTHORITY.fullmatch(found[2].lower())
    if authority is None or len(authority[1]) > 253:
        return None
    port = int(authority[2]) if authority[2] else _DEFAULT_PORTS[scheme]
    if not 0 < port < 65536:
        return None
    suffix = "" if port == _DEFAULT_PORTS[scheme] else f":{port}"
    return f"{scheme}://{authority[1]}{suffix}", found[3] or ""


def id_of(value: Any) -> str | None:
    """Return the id that a string or an object with `id` states, in canonical form, or None (F-014).

    An id is an http or https URL of at most 2,048 characters without userinfo, blanks or backslashes, its host in
    ASCII. The host comes back in lower case, without a trailing dot and without the scheme's default port. Every
    spelling of Public comes back as PUBLIC. Whether http is acceptable is for the caller to say.
    """
    if isinstance(value, dict):
        if "id" in value and "@id" in value and value["id"] != value["@id"]:
            return None
        value = value.get("id", value.get("@id"))
    if not isinstance(value, str):
        return None
    if value in PUBLIC_SPELLINGS:
        return PUBLIC
    parts = _split(value)
    return parts[0] + parts[1] if parts else None


def items(value: Any) -> list[Any]:
    """Return a property's values as a list: nothing, one, or many (F-008)."""
    if value is None:
        return []
    return list(value) if isinstance(value, list) else [value]


def ids(value: Any) -> list[str]:
    """Return the ids among a property's values, each once, in order."""
    found = (id_of(entry) for entry in items(value))
    return list(dict.fromkeys(entry for entry in found if entry))


def url_of(value: Any, depth: int = 3) -> str | None:
    """Return the first usable address in a string, a Link, an object with `url`, or a list of these."""
    for entry in items(value):
        if not isinstance(entry, dict):
            found = id_of(entry)
        else:
            found = url_of(entry.get("href", entry.get("url")), depth - 1) if depth else None
        if found:
            return found
    return None


def type_of(document: Any, known: Container[str]) -> str | None:
    """Return the first of the document's types that is known, or None (F-014)."""
    stated = document.get("type", document.get("@type")) if isinstance(document, dict) else None
    names = (_short(entry) for entry in items(stated) if isinstance(entry, str))
    return next((name for name in names if name in known), None)


def text(value: Any, limit: int) -> str:
    """Return the first string among the values, without control characters, cut to `limit` characters."""
    found = next((entry for entry in items(value) if isinstance(entry, str)), "")
    return _CONTROLS.sub("", found[: 2 * limit])[:limit]


def timestamp(value: Any) -> datetime | None:
    """Return an RFC 3339 time in UTC, or None; a time without a zone is taken as UTC."""
    if not isinstance(value, str) or len(value) > 64:
        return None
    try:
        moment = datetime.fromisoformat(value)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def format_time(moment: datetime) -> str:
    """Return a time as UTC with whole seconds and `Z` (F-010); a time without a zone is taken as UTC."""
    aware = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    return aware.replace(microsecond=0, tzinfo=None).isoformat() + "Z"


def origin(url: str) -> str:
    """Return scheme, host and port of a URL (RFC 6454), without a default port; raise MalformedDocument."""
    parts = _split(url)
    if parts is None:
        raise MalformedDocument("This is not an http or https URL.")
    return parts[0]


def same_origin(a: str, b: str) -> bool:
    """Say whether both are URLs of one scheme, host and port (FEP-fe34)."""
    first, second = _split(a), _split(b)
    return first is not None and second is not None and first[0] == second[0]
