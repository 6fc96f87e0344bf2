"""Addresses of pictures: open ones by their random name, others signed and expiring (P-246, P-247)."""

import hashlib
import hmac
import re
from datetime import timedelta

from fedicara.server import Server

LIFE = timedelta(days=30)
DAY = 24 * 3600


def media_url(server: Server, key: str, *, public: bool) -> str:
    """Where a rendition is served; not public: signed, good for 30 days, the same all day long."""
    address = server.media_url(f"/media/{key}")
    if public:
        return address
    return media_url_until(server, key, str(int((server.now() + LIFE).timestamp()) // DAY * DAY))


def media_url_until(server: Server, key: str, expires: str) -> str:
    """Where a rendition that is not public is served until then, in seconds since 1970."""
    return (
        f"{server.media_url(f'/media/{key}')}?expires={expires}&signature={_signature(server, key, expires)}"
    )


def media_signature_valid(server: Server, key: str, expires: str, signature: str) -> bool:
    """Whether the address was made by this server and has not expired."""
    if not re.fullmatch(r"[0-9]{1,12}", expires) or int(expires) < server.now().timestamp():
        return False
    return hmac.compare_digest(_signature(server, key, expires).encode(), signature.encode())


def proxy_url(server: Server, picture_id: int, *, public: bool = True) -> str:
    """Where a picture of another server is served from here; only addresses made by this server work (P-307).

    What is not for all is served where the reader is signed in, with the pages: a host for pictures knows nobody.
    """
    path = f"/proxy/{picture_id}/{proxy_signature(server, picture_id)}"
    return server.media_url(path) if public else server.url(path)


def proxy_signature_valid(server: Server, picture_id: int, signature: str) -> bool:
    """Whether a proxy address was made by this server."""
    return hmac.compare_digest(proxy_signature(server, picture_id).encode(), signature.encode())


def proxy_signature(server: Server, picture_id: int) -> str:
    """What makes a proxy address ours."""
    return _signature(server, "proxy", str(picture_id))


def emoji_url(server: Server, emoji_id: int) -> str:
    """Where a custom emoji of another server is served from here."""
    return server.media_url(f"/emoji/{emoji_id}/{emoji_signature(server, emoji_id)}")


def emoji_signature(server: Server, emoji_id: int) -> str:
    """What makes the address of an emoji ours."""
    return _signature(server, "emoji", str(emoji_id))


def emoji_signature_valid(server: Server, emoji_id: int, signature: str) -> bool:
    """Whether an emoji's address was made by this server."""
    return hmac.compare_digest(emoji_signature(server, emoji_id).encode(), signature.encode())


def _signature(server: Server, key: str, extra: str) -> str:
    return hmac.new(server.derive("media"), f"{key}\n{extra}".encode(), hashlib.sha256).hexdigest()[:32]
