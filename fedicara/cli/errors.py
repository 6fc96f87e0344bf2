"""How commands fail: one line on stderr, a documented exit code."""

from enum import IntEnum


class Exit(IntEnum):
    """The exit codes."""

    DONE = 0
    FAILED = 1
    USAGE = 2
    UNREACHABLE = 3
    SETTINGS = 4


class CommandError(Exception):
    """A command cannot do what it was asked; the sentence says what to do."""

    def __init__(self, sentence: str, code: Exit = Exit.FAILED) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.code = code
