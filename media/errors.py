"""What can be wrong with a picture; every error carries a sentence for the person who sent it.

MediaError
├── UnsupportedFormat   not a kind of file that is taken
├── BrokenPicture       truncated, damaged or not what its first bytes say
├── TooLarge            too many bytes, pixels or frames, or too much metadata
├── CloakFailed         the cloak could not be made, so nothing may leave
└── NotSigned           it could not be signed as this server
"""

from typing import ClassVar


class MediaError(Exception):
    """The picture cannot be prepared; `sentence` says why in words for people."""

    kind: ClassVar[str] = "media"

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


class UnsupportedFormat(MediaError):
    """The content is not of a kind that is taken."""

    kind = "unsupported"


class BrokenPicture(MediaError):
    """The content starts like a picture and cannot be read to its end."""

    kind = "broken"


class TooLarge(MediaError):
    """A limit is passed; `what` names it: bytes, pixels, frames or metadata."""

    kind = "too_large"

    def __init__(self, what: str, sentence: str) -> None:
        super().__init__(sentence)
        self.what = what


class CloakFailed(MediaError):
    """The cloak failed, and nothing uncloaked leaves in its place (C-006)."""

    kind = "cloak"


class NotSigned(MediaError):
    """The sizes could not be signed, so none leaves without the signature that was asked for."""

    kind = "signature"
