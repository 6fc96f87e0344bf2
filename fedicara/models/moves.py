"""Accounts that went to another place."""

from typing import TYPE_CHECKING

from tortoise import fields
from tortoise.indexes import Index
from tortoise.models import Model

from fedicara.models.ids import IdField

if TYPE_CHECKING:
    from fedicara.models.actors import Actor


class Move(Model):
    """An account elsewhere went from one place to another, and its followers here with it (F-216)."""

    id = IdField()
    uri = fields.CharField(max_length=2048, unique=True, description="id of the Move activity")
    origin_id: int
    origin: fields.ForeignKeyRelation["Actor"] = fields.ForeignKeyField(
        "models.Actor", related_name="moves_away"
    )
    target_id: int
    target: fields.ForeignKeyRelation["Actor"] = fields.ForeignKeyField(
        "models.Actor", related_name="moves_here"
    )
    moved = fields.DatetimeField()

    class Meta:
        table = "moves"
        indexes = (
            Index(fields=["origin_id", "moved"], name="moves_origin"),
            Index(fields=["target_id", "moved"], name="moves_target"),
        )
