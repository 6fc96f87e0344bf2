"""Small pictures that stand for a word between colons, from other servers."""

from tortoise import fields
from tortoise.models import Model

from fedicara.models.ids import IdField


class Emoji(Model):
    """A custom emoji of a server, the newest statement of that server counts."""

    id = IdField()
    domain = fields.CharField(max_length=255)
    shortcode = fields.CharField(max_length=2048, description="without its colons")
    url = fields.CharField(max_length=2048, description="address of the picture")
    media_type = fields.CharField(max_length=32, default="")
    updated = fields.DatetimeField(null=True, description="as stated")

    class Meta:
        table = "emojis"
        unique_together = (("domain", "shortcode"),)
