"""What a key looks like: two hexadecimal digits, then letters that mean nothing to a file system or an address."""

import re

_KEY = re.compile(r"[0-9a-f]{2}[A-Za-z0-9_-]*(\.[a-z]+)?")


def is_key(text: str) -> bool:
    """Whether this server could have made it."""
    return _KEY.fullmatch(text) is not None


def checked_key(key: str) -> str:
    """The key; FileNotFoundError for what is none, so that no name leads out of the storage."""
    if not is_key(key):
        raise FileNotFoundError(key)
    return key
