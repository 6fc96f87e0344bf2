"""Why an action was not done.

ActionError
├── Invalid      a field is wrong; nothing was changed
├── NotFound     not there, or not for this person: the same
├── Forbidden    there, but not allowed
├── TooMany      too often, or too many at once
├── TooLarge     more bytes than the limit
└── NoRoom       a quota is used up
"""

import math


class ActionError(Exception):
    """An action was not done; the sentence may be shown."""

    sentence = "That did not work."


class Invalid(ActionError):
    """A field is wrong."""

    def __init__(self, field: str, sentence: str) -> None:
        super().__init__(f"{field}: {sentence}")
        self.field = field
        self.sentence = sentence


def checked_text(field: str, text: str, most: int) -> str:
    """A text that fits and that both databases can keep."""
    if len(text) > most:
        raise Invalid(field, f"The {field} has {len(text):,} characters; at most {most:,} fit.")
    if "\0" in text:
        raise Invalid(field, f"The {field} holds a character (NUL) that no text has.")
    return text


class NotFound(ActionError):
    """Not there, or not readable: the same answer."""

    sentence = "There is nothing here, or nothing you may see."


class Forbidden(ActionError):
    """Not allowed."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


class TooMany(ActionError):
    """Too often, or too many at the same time."""

    def __init__(self, wait: float) -> None:
        super().__init__(f"wait {wait:.0f} s")
        self.wait = wait
        minutes = math.ceil(wait / 60)
        self.sentence = (
            f"Too many tries. Wait {minutes} minutes, then try again."
            if minutes > 1
            else "Too many tries at once. Wait a minute, then try again."
        )


class TooLarge(ActionError):
    """Over a limit of bytes."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"over {limit} bytes")
        self.sentence = f"The file is larger than {limit // (1 << 20)} MiB, the most this server takes."


class NoRoom(ActionError):
    """A quota is used up; reading and everything small go on."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence
