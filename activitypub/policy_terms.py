"""The policy terms of a received document, bounded in size, otherwise as stated."""

from typing import Any, Final

from activitypub.document import Document
from activitypub.names import POLICY_TERMS

_MAX_TERM: Final = 1024
# FEP-5e53 has a term of its own for one of the header fields, which is read and never sent.
READ_TERMS: Final = (*POLICY_TERMS, "xRobotsTag")


def read_terms(document: Document) -> dict[str, Any]:
    """Return the policy terms that are whole numbers or strings of at most 1,024 characters (F-015, P-300).

    Any other value is None: whoever reads the statements counts what nobody could read.
    """
    stated = {name: document[name] for name in READ_TERMS if name in document}
    return {name: value if _is_plain(value) else None for name, value in stated.items()}


def _is_plain(value: Any) -> bool:
    if isinstance(value, str):
        return len(value) <= _MAX_TERM
    return isinstance(value, int) and abs(value) < 2**31
