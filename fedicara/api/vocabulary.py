"""The words that fields of ours take (A-268)."""

from starlette.responses import Response

from activitypub.mediums import GROUPS
from fedicara.api.answers import json
from fedicara.api.resource import Call, method


@method()
async def media(call: Call) -> Response:
    """GET /vocabulary/media: what a work can be made with."""
    return json(
        [
            {"key": key, "label": words, "group": group}
            for group, keys in GROUPS.items()
            for key, words in keys.items()
        ]
    )
