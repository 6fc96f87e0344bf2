"""What this server said and heard."""

from typing import TYPE_CHECKING

from tortoise import fields
from tortoise.indexes import Index
from tortoise.models import Model

from fedicara.models.ids import IdField

if TYPE_CHECKING:
    from fedicara.models.actors import Actor
    from fedicara.models.works import Work


class Activity(Model):
    """An activity of a local actor, a Create or Update keeps no document, it is built when sent (F-373)."""

    id = IdField()
    actor_id: int
    actor: fields.ForeignKeyRelation["Actor"] = fields.ForeignKeyField(
        "models.Actor", related_name="activities"
    )
    type = fields.CharField(max_length=16)
    work_id: int | None
    work: fields.ForeignKeyNullableRelation["Work"] = fields.ForeignKeyField(
        "models.Work", related_name="activities", null=True, on_delete=fields.SET_NULL
    )
    document = fields.TextField(default="", description="JSON, empty where it is built from the work")
    public = fields.BooleanField(default=False, description="whether any signed reader may have it")
    created = fields.DatetimeField(auto_now_add=True)

    class Meta:
        table = "activities"
        indexes = (
            Index(fields=["actor_id", "id"], name="activities_actor"),
            Index(fields=["work_id"], name="activities_work"),
        )


class Inbound(Model):
    """A verified activity of somebody else, stored before it is answered (F-375)."""

    id = IdField()
    uri = fields.CharField(max_length=2048, unique=True)
    actor_id: int
    actor: fields.ForeignKeyRelation["Actor"] = fields.ForeignKeyField("models.Actor", related_name="inbound")
    document = fields.TextField(default="", description="JSON as it came, emptied once handled")
    outcome = fields.CharField(max_length=64, default="", description="what became of it")
    received = fields.DatetimeField(auto_now_add=True)

    class Meta:
        table = "inbound"
