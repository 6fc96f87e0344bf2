"""What can be wrong with something a peer sent.

ActivityPubError
├── MalformedDocument          the bytes are no document of the expected shape (400)
└── SignatureError             the request proves nothing about its sender (401)
    └── MalformedSignature     the Signature or Digest header cannot be read (400)
"""


class ActivityPubError(Exception):
    """Base of everything these modules raise because of what a peer sent."""


class MalformedDocument(ActivityPubError):
    """The bytes or the mapping are not a document of the expected shape."""


class SignatureError(ActivityPubError):
    """The request is not proven to come from the owner of the key.

    `reason` is one word for counters and clients: missing, malformed, weak_signature, stale, digest_missing,
    digest_unsupported, digest_mismatch, digest_not_signed, host_mismatch, missing_header, algorithm_mismatch,
    unusable_key, key_mismatch, bad_signature.
    """

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(detail or reason)
        self.reason = reason


class MalformedSignature(SignatureError):
    """The header cannot be read, or can be read in more than one way."""

    def __init__(self, detail: str = "") -> None:
        super().__init__("malformed", detail)
