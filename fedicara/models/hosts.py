"""What is remembered of other servers: how they want to be spoken to, whether they answer, what they do not show."""

from tortoise import fields
from tortoise.indexes import Index
from tortoise.models import Model


class Host(Model):
    """Another server that is not as one expects, kept for 30 days (F-330, REL-07), times in milliseconds since 1970."""

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
    lists_rfc9421 = fields.BooleanField(
        default=False, description="whether it says that it understands RFC 9421"
    )
    sends_rfc9421 = fields.BooleanField(default=False, description="whether it signs so itself")
    failed_days = fields.IntField(
        default=0, description="different days on which it failed since it last answered"
    )
    failed_on = fields.IntField(default=0, description="the last such day, counted from the first of year 1")
    seen = fields.BigIntField(description="when the row last changed")

    class Meta:
        table = "hosts"
        indexes = (Index(fields=["seen"], name="hosts_seen"),)


class Unread(Model):
    """An address that its server would not show, kept for 30 days (F-352), times in milliseconds since 1970."""

    uri = fields.CharField(max_length=2048, primary_key=True)
    closed = fields.BooleanField(default=False, description="401 or 403, else 404")
    missing_days = fields.IntField(default=0, description="different days on which it was not found")
    missing_on = fields.IntField(default=0, description="the last such day, counted from the first of year 1")
    seen = fields.BigIntField(description="when it was last asked for")

    class Meta:
        table = "unread"
        indexes = (Index(fields=["seen"], name="unread_seen"),)
