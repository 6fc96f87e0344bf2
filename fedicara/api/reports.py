"""Reporting somebody (A-171)."""

from starlette.responses import Response

from fedicara.actions import reports
from fedicara.actions.errors import Invalid, NotFound
from fedicara.actions.reports import Complaint
from fedicara.api import entities
from fedicara.api.answers import json
from fedicara.api.parameters import Parameters
from fedicara.api.resource import Call, identifier, method
from fedicara.models.reports import Category
from fedicara.reads.profiles import profile

_CATEGORIES = {"": Category.OTHER, "violation": Category.RULE, "legal": Category.OTHER}
"""What apps call our reasons; their other names are ours."""
_FIELDS = {"account": "account_id", "posts": "status_ids", "words": "comment"}
"""What apps call the fields that the action names."""


@method("write:reports")
async def file(call: Call) -> Response:
    """POST /api/v1/reports."""
    try:
        kept = await reports.file(call.server, call.viewer, _complaint(call.parameters))
    except Invalid as error:
        raise Invalid(_FIELDS.get(error.field, error.field), error.sentence) from error
    about = await profile(call.server, kept.target.id)
    if about is None:
        raise NotFound
    return json(entities.report(call.server, kept, about, call.parameters.texts("status_ids")))


def _complaint(sent: Parameters) -> Complaint:
    stated = sent.text("category")
    about_ai = stated == "violation" and entities.AI_RULE in sent.texts("rule_ids")
    if not sent.text("account_id"):
        raise Invalid("account_id", "The account_id is missing.")
    return Complaint(
        about=identifier(sent.text("account_id")),
        posts=tuple(identifier(each) for each in sent.texts("status_ids")),
        category=Category.AI_MADE if about_ai else _CATEGORIES.get(stated, stated),
        words=sent.text("comment"),
        forward=sent.flag("forward"),
    )
