"""What a work is made with, in keys of the vocabulary of media (F-072)."""

from collections.abc import Iterable

from activitypub.mediums import MEDIUMS, MOST
from fedicara.actions.errors import Invalid


def checked(stated: Iterable[str]) -> list[str]:
    """These keys, each once; `Invalid` for what the vocabulary does not have."""
    keys = list(dict.fromkeys(key for key in stated if key))
    for key in keys:
        if key not in MEDIUMS:
            raise Invalid("medium", f"{key[:60]} is no key of the vocabulary of media.")
    if len(keys) > MOST:
        raise Invalid("medium", f"At most {MOST} media fit one work.")
    return keys
