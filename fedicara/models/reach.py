"""Which servers received what was said about a work."""

from typing import TYPE_CHECKING

from tortoise import fields
from tortoise.models import Model

if TYPE_CHECKING:
    from fedicara.models.works import Work


class Reach(Model):
    """The inboxes to which a work of this place was sent, so that all of them hear when it is gone (AUD-17)."""

    work: fields.OneToOneRelation["Work"] = fields.OneToOneField(
        "models.Work", related_name="reach", primary_key=True
    )
    inboxes = fields.BinaryField(description="addresses, one a line, compressed")

    class Meta:
        table = "reaches"
