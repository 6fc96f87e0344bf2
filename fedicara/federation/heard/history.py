"""What works said before they were edited (F-205)."""

from typing import Final

from fedicara.models import Picture, Version, Work

MOST: Final = 50
_SAID: Final = ("title", "content", "warning", "sensitive", "alts")


async def snapshot(work: Work) -> Version:
    """What a work says now, not kept yet."""
    alts = await Picture.filter(work_id=work.id).order_by("position", "id").values_list("alt", flat=True)
    return Version(
        work_id=work.id,
        title=work.title,
        content=work.content,
        warning=work.warning,
        sensitive=work.sensitive,
        alts=list(alts),
        said=work.edited or work.published,
    )


async def keep(before: Version, work: Work) -> None:
    """Keep what a work said where it says something else now, the newest 50; inside the caller's transaction."""
    now = await snapshot(work)
    if all(getattr(before, name) == getattr(now, name) for name in _SAID):
        return
    await before.save()
    old = Version.filter(work_id=work.id).order_by("-id").offset(MOST).limit(MOST)
    await Version.filter(id__in=await old.values_list("id", flat=True)).delete()
