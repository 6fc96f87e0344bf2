"""Ids in addresses: digits that a row can have; a longer number leads nowhere instead of to the database."""

from starlette.convertors import Convertor, register_url_convertor

DIGITS = 18


class Identifier(Convertor[int]):
    """`{id:id}` in a route; 18 digits last until the year 2450."""

    regex = rf"[0-9]{{1,{DIGITS}}}"

    def convert(self, value: str) -> int:
        """The number."""
        return int(value)

    def to_string(self, value: int) -> str:
        """The digits."""
        return str(value)


def identifier(text: str) -> int | None:
    """The id somebody typed into a query or a form, if it can be one."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= DIGITS else None


register_url_convertor("id", Identifier())
