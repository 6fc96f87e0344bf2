"""Accounts that went to another place, and who is told of it."""

from typing import TYPE_CHECKING

from tortoise import fields
from tortoise.indexes import Index
from tortoise.models import Model

from fedicara.models.ids import IdField

if TYPE_CHECKING:
    from fedicara.models.actors import Actor


class Move(Model):
    """An account went from one place to another, and its followers here with it (F-216, F-241)."""

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


class MoveNotice(Model):
    """Somebody here is told that a person they followed moved (F-381)."""

    id = IdField()
    actor_id: int
    actor: fields.ForeignKeyRelation["Actor"] = fields.ForeignKeyField(
        "models.Actor", related_name="move_notices"
    )
    move_id: int
    move: fields.ForeignKeyRelation["Move"] = fields.ForeignKeyField("models.Move", related_name="notices")

    class Meta:
        table = "move_notices"
        unique_together = (("actor", "move"),)
