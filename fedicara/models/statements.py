"""What other servers state about AI use, and what this place says where they are silent."""

from enum import StrEnum
from typing import TYPE_CHECKING, Any

from tortoise import fields
from tortoise.indexes import Index
from tortoise.models import Model

from fedicara.models.ids import IdField

if TYPE_CHECKING:
    from fedicara.models.actors import Actor
    from fedicara.models.peers import Peer
    from fedicara.models.works import Picture, Work


class Carrier(StrEnum):
    """What a statement came with: a document of its server, the header fields of bytes, or the file itself."""

    DOCUMENT = "document"
    HEADERS = "headers"
    XMP = "xmp"


class RemoteStatement(Model):
    """What one carrier stated of a work, a picture, an actor or a server, kept as it came (P-300)."""

    id = IdField()
    work_id: int | None
    work: fields.ForeignKeyNullableRelation["Work"] = fields.ForeignKeyField(
        "models.Work", related_name="statements", null=True
    )
    picture_id: int | None
    picture: fields.ForeignKeyNullableRelation["Picture"] = fields.ForeignKeyField(
        "models.Picture", related_name="statements", null=True
    )
    actor_id: int | None
    actor: fields.ForeignKeyNullableRelation["Actor"] = fields.ForeignKeyField(
        "models.Actor", related_name="statements", null=True
    )
    peer_id: str | None
    peer: fields.ForeignKeyNullableRelation["Peer"] = fields.ForeignKeyField(
        "models.Peer", related_name="statements", null=True
    )
    carrier = fields.CharEnumField(Carrier, max_length=16)
    raw_ = fields.TextField(
        source_field="raw", description="JSON of what was stated, at most 1 KiB, for a better reader later"
    )
    fields_: Any = fields.JSONField(source_field="fields", default=dict, description="what was read of it")
    seen = fields.DatetimeField()

    class Meta:
        table = "remote_statements"
        indexes = (
            Index(fields=["work_id"], name="statements_work"),
            Index(fields=["picture_id"], name="statements_picture"),
            Index(fields=["actor_id"], name="statements_actor"),
            Index(fields=["peer_id"], name="statements_peer"),
        )


class RemoteDefault(Model):
    """One field of what our copies say where the origin is silent (P-032), none while nothing was set."""

    field = fields.CharField(max_length=16, primary_key=True)
    value = fields.CharField(max_length=16)

    class Meta:
        table = "remote_default"
