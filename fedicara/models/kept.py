"""What is kept of pictures that lie on other servers, so that the oldest can go where there are too many."""

from tortoise import fields
from tortoise.indexes import Index
from tortoise.models import Model

from fedicara.models.ids import IdField


class KeptFile(Model):
    """One file, its id is the picture's, whose row may be gone already, times in milliseconds since 1970."""

    id = IdField()
    peer = fields.CharField(max_length=255, description="domain of whoever posted it")
    bytes = fields.BigIntField()
    asked = fields.BigIntField(description="when somebody last asked for it, to the hour")

    class Meta:
        table = "kept_files"
        indexes = (
            Index(fields=["asked", "id"], name="kept_files_asked"),
            Index(fields=["peer", "asked", "id"], name="kept_files_peer"),
        )


class KeptSum(Model):
    """How much is kept of one peer, in the row without a name of all."""

    peer = fields.CharField(max_length=255, primary_key=True)
    bytes = fields.BigIntField(default=0)
    files = fields.IntField(default=0)
    evicted = fields.BigIntField(default=0, description="files that had to go")
    ran = fields.BigIntField(default=0, description="when it was last gone over, in milliseconds since 1970")

    class Meta:
        table = "kept_sums"
