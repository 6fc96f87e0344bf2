"""What people say about accounts and posts that should be looked at, and what was decided."""

from enum import StrEnum
from typing import TYPE_CHECKING, Any

from tortoise import fields
from tortoise.indexes import Index
from tortoise.models import Model

from fedicara.models.ids import IdField

if TYPE_CHECKING:
    from fedicara.models.actors import Actor


class Category(StrEnum):
    """Why somebody reports."""

    SPAM = "spam"
    AI_MADE = "ai-made"
    RULE = "rule"
    OTHER = "other"


class Decision(StrEnum):
    """How a report ends."""

    NOTHING = "nothing"
    ASK = "ask"
    HIDE = "hide"
    REMOVE = "remove"
    SUSPEND = "suspend"
    CLOSE = "close"


class Report(Model):
    """Somebody asks for an account, or some of its posts, to be looked at, posts are noted by their ids alone."""

    id = IdField()
    uri = fields.CharField(max_length=2048, default="", description="id of the Flag, of one from elsewhere")
    reporter_id: int | None
    reporter: fields.ForeignKeyNullableRelation["Actor"] = fields.ForeignKeyField(
        "models.Actor", related_name="reports_made", null=True, on_delete=fields.SET_NULL
    )
    target_id: int
    target: fields.ForeignKeyRelation["Actor"] = fields.ForeignKeyField(
        "models.Actor", related_name="reports"
    )
    category = fields.CharEnumField(Category, max_length=16, default=Category.OTHER)
    words = fields.TextField(default="", description="plain text")
    posts: Any = fields.JSONField(default=list, description="ids as they were stated")
    digest = fields.CharField(max_length=64, description="of subject and text, the same again is joined")
    times = fields.IntField(default=1, description="how often it was said")
    forwarded = fields.BooleanField(default=False)
    created = fields.DatetimeField()
    decision = fields.CharField(max_length=16, default="", description="empty while it is open")
    note = fields.TextField(default="", description="of who decided")
    decided = fields.DatetimeField(null=True)
    decided_by = fields.CharField(max_length=255, default="", description="the account, or command line")

    class Meta:
        table = "reports"
        indexes = (
            Index(fields=["decision", "id"], name="reports_open"),
            Index(fields=["reporter_id", "digest"], name="reports_sender"),
            Index(fields=["target_id", "id"], name="reports_target"),
        )
