"""What is known of other servers, for whoever looks after the place."""

from typing import Any

from tortoise import fields
from tortoise.indexes import Index
from tortoise.models import Model

from policies.peers import Standing


class Peer(Model):
    """What another server says it runs (F-277), what it states of AI, what was fetched from it here (F-357)."""

    host = fields.CharField(
        max_length=255, primary_key=True, description="with its port, where it is unusual"
    )
    software = fields.CharField(
        max_length=64, default="", description="as its NodeInfo says, empty if unknown"
    )
    version = fields.CharField(max_length=64, default="")
    asked = fields.DatetimeField(null=True, description="when its NodeInfo was last asked for")
    pictures = fields.IntField(default=0, description="how many pictures were fetched from it")
    picture_bytes = fields.BigIntField(default=0, description="how many bytes they had")

    stated: Any = fields.JSONField(
        default=dict, description="what its NodeInfo states of AI use, as far as it was read"
    )
    standing = fields.CharEnumField(Standing, max_length=16, default=Standing.NEUTRAL)
    evidence = fields.CharField(
        max_length=500, default="", description="what the standing rests on, in words"
    )
    marked = fields.CharField(max_length=16, default="", description="the standing an admin set, else empty")
    previews = fields.IntField(default=0, description="how often it got a preview instead of a large picture")
    signed = fields.DatetimeField(null=True, description="when a signature of it last proved right")

    class Meta:
        table = "peers"
        indexes = (Index(fields=["asked"], name="peers_asked"),)
