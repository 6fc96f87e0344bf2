"""What was done to the files of a picture, for whoever uploaded it."""

from collections.abc import Sequence
from typing import Any

from fedicara.actions import uploads, works
from fedicara.actions.authentication import Viewer
from fedicara.models import Picture
from fedicara.server import Server

_PARTS = ("came", "kept", "dropped", "changed", "cloak", "made")


async def of_work(server: Server, viewer: Viewer, work_id: int) -> list[dict[str, Any]]:
    """The reports on one's own work, picture by picture; `NotFound` for everybody else's."""
    work = await works.own(server, viewer, work_id)
    return reports(await Picture.filter(work_id=work.id).order_by("position", "id"))


async def of_picture(
    server: Server, viewer: Viewer, picture_id: int
) -> tuple[Picture, dict[str, Any] | None]:
    """One's own picture with its report, none before it was prepared; `NotFound` for everybody else's."""
    picture = await uploads.mine(server, viewer, picture_id)
    return picture, next(iter(reports([picture])), None)


async def known(identifier: int) -> list[dict[str, Any]]:
    """The reports on a picture, or on those of a work, whoever made it; for who runs the place."""
    pictures = await Picture.filter(id=identifier) or await Picture.filter(work_id=identifier).order_by(
        "position", "id"
    )
    return reports(pictures)


def reports(pictures: Sequence[Picture]) -> list[dict[str, Any]]:
    """What came of each file, what of it stayed and went, what is written into it, and what was made (A-241)."""
    return [_report(picture) for picture in pictures if "came" in picture.report]


def _report(picture: Picture) -> dict[str, Any]:
    found: dict[str, Any] = {name: picture.report.get(name) for name in _PARTS}
    provenance = picture.report.get("provenance") or {}
    return {
        "id": str(picture.id),
        **found,
        "written": picture.report.get("written", {}),
        "signed": "signed" in picture.report,
        "ai_markers": [
            {"kind": each.get("kind"), "field": each.get("field")} for each in provenance.get("evidence", ())
        ],
    }
