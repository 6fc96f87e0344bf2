"""What the place states about AI use, and what was stated when."""

from typing import TYPE_CHECKING, Any

from tortoise import fields
from tortoise.indexes import Index
from tortoise.models import Model

from fedicara.models.ids import IdField

if TYPE_CHECKING:
    from fedicara.models.works import Picture


class PlacePolicy(Model):
    """The policy of this place with its bounds, one row of id 1, none while nothing was set."""

    id = IdField()
    revision = fields.IntField(default=1, description="rises with every change")
    stated: Any = fields.JSONField(default=dict, description="default, floor and ceiling by field")

    class Meta:
        table = "place_policy"


class PolicyChange(Model):
    """A policy in force from a moment on, rows are added and never changed (P-019)."""

    id = IdField()
    subject = fields.CharField(
        max_length=2048, description="id of the work or actor, or the address of the place"
    )
    actor_id = fields.BigIntField(default=0, description="whose it is, 0 for the place")
    policy: Any = fields.JSONField(default=dict, description="the policy in force since, by field")
    by = fields.CharField(max_length=255, description="who changed it")
    since = fields.DatetimeField()

    class Meta:
        table = "policy_history"
        indexes = (
            Index(fields=["subject", "id"], name="policy_history_subject"),
            Index(fields=["actor_id", "id"], name="policy_history_actor"),
        )


class FormerRendition(Model):
    """A size of a picture that was replaced, its address leads to the one that took its place (P-017)."""

    key = fields.CharField(max_length=64, primary_key=True)
    picture_id: int
    picture: fields.ForeignKeyRelation["Picture"] = fields.ForeignKeyField(
        "models.Picture", related_name="former_renditions"
    )
    name = fields.CharField(max_length=16, description="large, preview or small")
    sha256 = fields.CharField(max_length=64)
    until = fields.DatetimeField(description="when it was replaced")

    class Meta:
        table = "former_renditions"
