"""Which pictures lead a work: much other software shows the first four and says nothing of the rest (F-052)."""

from collections.abc import Sequence

from activitypub.works import LEADS
from fedicara.actions.errors import Invalid
from fedicara.models import Picture


def choose(pictures: Sequence[Picture], chosen: Sequence[int]) -> None:
    """Let these of a work's pictures come first elsewhere, in this order; the caller saves them all."""
    places = {identifier: place for place, identifier in enumerate(dict.fromkeys(chosen), 1)}
    if len(places) > LEADS:
        raise Invalid("leads", f"At most {LEADS} pictures come first on other servers.")
    if not places.keys() <= {picture.id for picture in pictures}:
        raise Invalid("leads", "Only pictures of the work itself can come first.")
    for picture in pictures:
        picture.lead = places.get(picture.id, 0)
