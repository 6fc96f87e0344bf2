"""Which of our Follows an answer is about."""

from activitypub.document import id_of, type_of
from fedicara.federation.signed.verify import Authenticated
from fedicara.models import Follow


async def our_follow(heard: Authenticated) -> Follow | None:
    """The Follow of the sender that the activity names by id, or embeds with its actor (F-201)."""
    about = heard.activity.get("object")
    asked = Follow.filter(followed_id=heard.actor.id, follower__domain="")
    found = await asked.filter(uri=id_of(about) or "").first()
    if found is not None or not isinstance(about, dict) or type_of(about, {"Follow"}) is None:
        return found
    if id_of(about.get("object")) != heard.actor.uri:
        return None
    return await asked.filter(follower__uri=id_of(about.get("actor")) or "").first()
