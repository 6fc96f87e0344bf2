"""Work to be done later, as rows."""

from typing import Any

from tortoise import fields
from tortoise.indexes import Index
from tortoise.models import Model

from fedicara.models.ids import IdField


class Job(Model):
    """One job, times are milliseconds since 1970 so that both databases compare them alike."""

    id = IdField()
    kind = fields.CharField(max_length=32)
    lane = fields.CharField(max_length=255, default="", description="jobs of a lane share its limit")
    key = fields.CharField(max_length=512, null=True, unique=True, description="a second one is the same job")
    payload: Any = fields.JSONField(default=dict)
    created = fields.DatetimeField(auto_now_add=True)
    due = fields.BigIntField(description="not before")
    leased = fields.BigIntField(default=0, description="taken until")
    attempts = fields.IntField(default=0)
    crashes = fields.IntField(default=0, description="how much its crashes weigh")
    buried = fields.BooleanField(default=False, description="given up")
    error = fields.CharField(max_length=500, default="")

    class Meta:
        table = "jobs"
        indexes = (
            Index(fields=["buried", "kind", "due", "id", "leased", "lane"], name="jobs_due"),
            Index(fields=["kind", "leased", "lane"], name="jobs_leased"),
        )
