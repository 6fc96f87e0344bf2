"""Dictionaries of structured fields (RFC 9651), read as strictly as the RFC asks: one fault fails the whole."""

import binascii
import re
from base64 import b64decode
from urllib.parse import unquote_to_bytes

from policies.errors import PolicyError

_KEY = re.compile(r"[a-z*][a-z0-9_.*-]*")
_TOKEN = r"(?P<token>[A-Za-z*][A-Za-z0-9!#$%&'*+.^_`|~:/-]*)"  # noqa: S105  (a pattern)
_INTEGER = r"-?[0-9]{1,15}(?![0-9.])"
_ITEM = re.compile(
    rf"{_TOKEN}|{_INTEGER}|-?[0-9]{{1,12}}\.[0-9]{{1,3}}(?![0-9.])|@{_INTEGER}|\?[01]"
    r'|"(?:[ !#-\[\]-~]|\\["\\])*"|:(?P<bytes>[A-Za-z0-9+/=]*):|%"(?P<words>(?:[ !#-$&-~]|%[0-9a-f]{2})*)"'
)
_COMMA = re.compile(r"[ \t]*,[ \t]*")
_SPACES = re.compile(r" *")


def dictionary(text: str) -> dict[str, str | None]:
    """Return each key with its Token, or None for a value of another kind; the last of two equal keys counts.

    Raises `PolicyError` where RFC 9651 section 4.2.2 fails.
    """
    reader = _Reader(text.strip(" "))
    found: dict[str, str | None] = {}
    while not reader.is_done:
        if found:
            reader.take(_COMMA)
        key = reader.take(_KEY)[0]
        found[key] = reader.value()
    return found


class _Reader:
    """A place in the text, moved on by what is taken."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0

    @property
    def is_done(self) -> bool:
        return self._at == len(self._text)

    def take(self, pattern: re.Pattern[str]) -> re.Match[str]:
        found = pattern.match(self._text, self._at)
        if found is None:
            raise PolicyError("dictionary", f"what stands at character {self._at} belongs to none")
        self._at = found.end()
        return found

    def skip(self, text: str) -> bool:
        is_next = self._text.startswith(text, self._at)
        self._at += len(text) if is_next else 0
        return is_next

    def value(self) -> str | None:
        """What follows a key: nothing (true), an item or an inner list, each with parameters."""
        found = None
        if self.skip("=("):
            self._inner_list()
        elif self.skip("="):
            found = self._item()
        self._parameters()
        return found

    def _item(self) -> str | None:
        found = self.take(_ITEM)
        _check(found["bytes"], found["words"])
        return found["token"]

    def _inner_list(self) -> None:
        self.take(_SPACES)
        while not self.skip(")"):
            self._item()
            self._parameters()
            if not self.take(_SPACES)[0] and not self._text.startswith(")", self._at):
                raise PolicyError("dictionary", "an inner list without space between its items")

    def _parameters(self) -> None:
        while self.skip(";"):
            self.take(_SPACES)
            self.take(_KEY)
            if self.skip("="):
                self._item()


def _check(coded: str | None, words: str | None) -> None:
    """The two kinds whose content has a form of its own."""
    try:
        if coded:
            b64decode(coded + "=" * (-len(coded) % 4), validate=True)
        if words:
            unquote_to_bytes(words).decode()
    except (binascii.Error, UnicodeDecodeError) as error:
        raise PolicyError("dictionary", "a value that cannot be decoded") from error
