"""The place checks itself: three works a day, and a notice where one no longer says what it should (P-508)."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from fedicara.actions import audit
from fedicara.actions.policy_check.check import Report, Wish, check
from fedicara.jobs.lease import LeaseTable
from fedicara.jobs.queue import Claim, Order
from fedicara.jobs.worker import Done, Outcome
from fedicara.models import AuditEntry
from fedicara.server import Server
from policies.check.verdicts import Exit, Verdict

SELF_CHECK: Final = "self_check"
FAILED, PASSED = "self-check failed", "self-check passed again"
_DAY, _FIRST = timedelta(days=1), timedelta(hours=1)
_ROWS: Final = 12
_CHOSEN: Final = """
SELECT w.url AS url FROM works w JOIN actors a ON a.id = w.actor_id
WHERE a.domain = '' AND a.suspended IS NULL AND a.signin_only = FALSE AND w.state = 'published'
  AND w.visibility = 'public' AND w.url <> '' ORDER BY random() LIMIT 3"""


async def order(server: Server, after: timedelta = _FIRST) -> None:
    """Put in the check of a day, once; inside the caller's transaction."""
    day = (server.now() + after).date().isoformat()
    await LeaseTable(server).enqueue(
        Order(SELF_CHECK, {}, key=f"{SELF_CHECK}:{day}", delay=after.total_seconds())
    )


async def run(server: Server, claim: Claim) -> Outcome:
    """The job of every day; tomorrow's is ordered first, so that no failure ends the row of days."""
    async with server.database.transaction():
        await order(server, _DAY)
    for row in await server.database.rows(_CHOSEN):
        await _note(server, await check(server, Wish(str(row["url"]))))
    return Done()


async def failing() -> Sequence[AuditEntry]:
    """The newest notice about each work that did not say what it should when it was last checked."""
    newest: dict[str, AuditEntry] = {}
    for entry in await AuditEntry.filter(action__in=(FAILED, PASSED)).order_by("id"):
        newest[entry.about] = entry
    return [entry for entry in newest.values() if entry.action == FAILED]


async def _note(server: Server, report: Report) -> None:
    """Write down what changed: a work that fails anew, or one that is well again."""
    last = await AuditEntry.filter(about=report.url, action__in=(FAILED, PASSED)).order_by("-id").first()
    was_failing, fails = last is not None and last.action == FAILED, report.exit() != Exit.GOOD
    if was_failing == fails:
        return
    bad = [row for row in report.rows if row.verdict not in (Verdict.PASS, Verdict.NOT_APPLICABLE)]
    faults = [f"{row.surface} {row.field}: {row.verdict}" for row in bad[:_ROWS]] or [report.reason]
    async with server.database.transaction():
        await audit.note(
            SELF_CHECK, FAILED if fails else PASSED, report.url, **({"faults": faults} if fails else {})
        )
