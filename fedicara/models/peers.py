"""What is known of other servers, for whoever looks after the place."""

from tortoise import fields
from tortoise.indexes import Index
from tortoise.models import Model


class Peer(Model):
    """What another server says it runs (F-277), and what was fetched from it for people here (F-357)."""

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

    class Meta:
        table = "peers"
        indexes = (Index(fields=["asked"], name="peers_asked"),)
