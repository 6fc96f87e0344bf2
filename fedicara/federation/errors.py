"""Why something elsewhere could not be asked or learned.

NetworkError        no answer came
└── RefusedError    not asked at all, or not listened to
    └── RejectedError   a rule of the place keeps everything from that host

RemoteError
├── Unreachable     no answer for the moment; worth another try
├── Gone            its server says that it exists no longer
├── Missing         404, which may be a passing fault
└── Unbelievable    an answer, but not one that may be believed
"""


class NetworkError(Exception):
    """No answer came; `reason` says why, in a word or two."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class RefusedError(NetworkError):
    """Not asked at all, or not listened to: the address breaks a rule, and another try would too."""


class RejectedError(RefusedError):
    """A rule of the place keeps everything from that host (F-306)."""


class RemoteError(Exception):
    """Base of what reading another server's things can end in; `reason` is one word for logs and counters."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Unreachable(RemoteError):
    """No usable answer for the moment."""


class Gone(RemoteError):
    """410, a Tombstone, or 404 on three different days (F-352)."""


class Missing(RemoteError):
    """404, though not on three different days yet."""


class Unbelievable(RemoteError):
    """Refused by the rules of F-341 and F-350, or by the door."""
