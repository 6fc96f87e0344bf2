"""What is signed into a file about its use (S09): read wherever it is there, and missed where a place signs its pictures."""

from collections.abc import Mapping
from typing import Any, Final

from anyio.to_thread import run_sync

from fedicara.actions.policy_check.expectation import Expected
from media.provenance import scan
from policies.check import readers, signals
from policies.check.verdicts import Heard, Inapplicable, Sight, Unread
from policies.policy import Policy

_ASSERTION: Final = "cawg.training-mining"
_EVERY_MANIFEST_NAMES: Final = b"c2pa"


async def signed(target: str, content: bytes, expected: Expected | None, policy: Policy | None) -> Sight:
    """The statement that a file was signed with."""
    wanted = signals.training_mining(policy) if policy and expected and expected.signs else None
    heard = await _heard(content)
    if isinstance(heard, Heard) and heard.raw is None and wanted is None:
        return Sight("S09", _ASSERTION, target, None, Inapplicable("nothing is signed"))
    return Sight("S09", _ASSERTION, target, wanted, heard)


async def _heard(content: bytes) -> Heard | Unread:
    if _EVERY_MANIFEST_NAMES not in content:
        return Heard(None)
    found = await run_sync(scan, content)
    if found.unread:
        return Unread("the extra c2pa is not installed")
    assertions: list[Mapping[str, Any]] = found.stated.get(_ASSERTION, [])
    return readers.training_mining(assertions[0]) if assertions else Heard(None)
