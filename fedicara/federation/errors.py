"""Why something elsewhere could not be learned.

RemoteError
├── Unreachable     no answer for the moment; worth another try
├── Gone            its server says it does not exist, or no longer
└── Unbelievable    an answer, but not one that may be believed
"""


class RemoteError(Exception):
    """Base of what reading another server's things can end in; `reason` is one word for logs and counters."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Unreachable(RemoteError):
    """No usable answer for the moment."""


class Gone(RemoteError):
    """404, 410 or a Tombstone."""


class Unbelievable(RemoteError):
    """Refused by the rules of F-341 and F-350, or by the door."""
