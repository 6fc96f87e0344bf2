"""What is remembered of how another server wants to be spoken to."""

from tortoise import fields
from tortoise.indexes import Index
from tortoise.models import Model


class Host(Model):
    """How a server that refused the usual signature took another, kept for 30 days (F-330)."""

    host = fields.CharField(
        max_length=255, primary_key=True, description="with its port, where it is unusual"
    )
    post_scheme = fields.CharField(
        max_length=16, default="", description="that last succeeded, empty: the usual"
    )
    get_scheme = fields.CharField(
        max_length=16, default="", description="that last succeeded, empty: the usual"
    )
    strip_query = fields.BooleanField(
        default=False, description="whether reads are signed without their query"
    )
    seen = fields.DatetimeField(description="when it last succeeded")

    class Meta:
        table = "hosts"
        indexes = (Index(fields=["seen"], name="hosts_seen"),)
