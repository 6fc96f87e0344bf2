"""What was stated since when, and the evidence of it that an artist can take along (P-019)."""

from dataclasses import asdict
from typing import Any

from fedicara.actions.authentication import Viewer
from fedicara.federation.said.documents import WIDE
from fedicara.models import Actor, FormerRendition, PolicyChange, Rendition, Work
from fedicara.models.works import State
from fedicara.server import Server
from policies.policy import Policy


async def remember(server: Server, who: str, subject: str, policy: Policy, actor_id: int = 0) -> None:
    """Append what is in force for a subject from now on; inside the caller's transaction."""
    await PolicyChange.create(
        subject=subject,
        actor_id=actor_id,
        policy={name: str(value) for name, value in asdict(policy).items()},
        by=who,
        since=server.now(),
    )


async def remember_change(server: Server, actor: Actor, work: Work, before: Policy | None = None) -> None:
    """Append what a work of one's own states, if that is not what it stated before."""
    now = server.policy(actor.policy, work.policy, public=work.visibility in WIDE)
    if now != before:
        await remember(server, actor.username, work.uri, now, actor.id)


async def evidence(server: Server, viewer: Viewer) -> dict[str, Any]:
    """The history of the place, of oneself and of one's works, and every file that was published, by hash."""
    changes = PolicyChange.filter(actor_id__in=[0, viewer.actor.id]).order_by("id")
    mine = {"picture__actor_id": viewer.actor.id, "picture__work__state": State.PUBLISHED}
    now = await Rendition.filter(**mine).order_by("id").prefetch_related("picture__work")
    before = await FormerRendition.filter(**mine).order_by("until", "key").prefetch_related("picture__work")
    return {
        "actor": viewer.actor.uri,
        "exported": server.now().isoformat(),
        "changes": [_change(each) for each in await changes],
        "files": [_file(server, each, each.until.isoformat()) for each in before]
        + [_file(server, each, None) for each in now],
    }


def _change(row: PolicyChange) -> dict[str, Any]:
    return {"subject": row.subject, "since": row.since.isoformat(), "by": row.by, "policy": row.policy}


def _file(server: Server, row: Rendition | FormerRendition, until: str | None) -> dict[str, Any]:
    assert row.picture.work is not None  # noqa: S101  (only files of works were asked for)
    return {
        "work": row.picture.work.uri,
        "address": server.media_url(f"/media/{row.key}"),
        "size": row.name,
        "sha256": row.sha256,
        "until": until,
    }
