"""Crawlers: the lists that were taken over, what administrators say of single ones, and how claims are checked."""

from typing import Any

from tortoise import fields
from tortoise.indexes import Index
from tortoise.models import Model

from fedicara.models.ids import IdField


class CrawlerList(Model):
    """A list that was taken over, as a version, the newest that was not withdrawn is in force (P-214)."""

    id = IdField()
    source = fields.CharField(max_length=500, description="an address, or the path of a file")
    rows: Any = fields.JSONField(description="every row of it as it was read")
    who = fields.CharField(max_length=255, description="the account, command line or daily")
    created = fields.DatetimeField(auto_now_add=True)
    withdrawn = fields.DatetimeField(null=True)

    class Meta:
        table = "crawler_lists"


class CrawlerOverride(Model):
    """What an administrator says of one crawler in one column, it survives every list (P-215)."""

    id = IdField()
    token = fields.CharField(max_length=64)
    folded = fields.CharField(max_length=64, description="the token without regard to case")
    column = fields.CharField(max_length=16)
    value = fields.CharField(max_length=500)
    created = fields.DatetimeField(auto_now_add=True)

    class Meta:
        table = "crawler_overrides"
        unique_together = (("folded", "column"),)


class KeyDirectory(Model):
    """The keys that a bot's operator publishes, as last read (P-238), empty where that failed."""

    id = IdField()
    origin = fields.CharField(max_length=300, unique=True)
    keys: Any = fields.JSONField(default=dict, description="thumbprint to Ed25519 key in base64url")
    failure = fields.CharField(max_length=500, default="")
    read = fields.DatetimeField(null=True)

    class Meta:
        table = "key_directories"


class AddressList(Model):
    """The networks that an operator's crawler comes from, as last read (P-241)."""

    id = IdField()
    source = fields.CharField(max_length=500, unique=True, description="as the verify column names it")
    networks: Any = fields.JSONField(default=list)
    failure = fields.CharField(max_length=500, default="")
    read = fields.DatetimeField(null=True, description="when it was last read well")

    class Meta:
        table = "address_lists"


class Refusal(Model):
    """The ledger: how often a crawler was refused something on a day, no address is kept (P-225)."""

    id = IdField()
    day = fields.DateField()
    token = fields.CharField(max_length=64)
    verified = fields.BooleanField()
    reason = fields.CharField(max_length=8, description="policy, always, spoof or rate")
    field = fields.CharField(max_length=16, default="")
    surface = fields.CharField(max_length=8)
    actor_id = fields.BigIntField(default=0, description="whose page or work it was, 0 for none")
    work_id = fields.BigIntField(default=0, description="0 for none")
    count = fields.BigIntField()
    bytes_withheld = fields.BigIntField(default=0)

    class Meta:
        table = "refusals"
        unique_together = (("day", "token", "verified", "reason", "field", "surface", "actor_id", "work_id"),)
        indexes = (Index(fields=["actor_id", "day"], name="refusals_actor"),)


class RefusedRequest(Model):
    """One refused request in the diagnostic log, off by default and gone after a day (P-228)."""

    id = IdField()
    moment = fields.DatetimeField()
    network = fields.CharField(max_length=64, description="the address cut to /24 or /48")
    user_agent = fields.CharField(max_length=512)
    path = fields.CharField(max_length=2048)

    class Meta:
        table = "refused_requests"
        indexes = (Index(fields=["moment"], name="refused_requests_moment"),)
