"""What keeps the place safe: rules about domains, blocks between people, and who changed what."""

from enum import StrEnum
from typing import TYPE_CHECKING, Any

from tortoise import fields
from tortoise.indexes import Index
from tortoise.models import Model

from fedicara.models.ids import IdField

if TYPE_CHECKING:
    from fedicara.models.actors import Actor


class Action(StrEnum):
    """What a rule does to a domain (F-306)."""

    ALLOW = "allow"
    REJECT = "reject"
    HIDE_MEDIA = "hide_media"
    FORCE_SENSITIVE = "force_sensitive"
    NO_REPORTS = "no_reports"
    UNLIST = "unlist"


class DomainRule(Model):
    """One thing that is done to a domain and everything below it, several may stand side by side."""

    id = IdField()
    domain = fields.CharField(max_length=255, description="in ASCII and lower case")
    action = fields.CharEnumField(Action, max_length=16)
    source = fields.CharField(max_length=500, default="", description="the list it came from, empty by hand")
    note = fields.TextField(default="")
    created = fields.DatetimeField(auto_now_add=True)

    class Meta:
        table = "domain_rules"
        unique_together = (("domain", "action", "source"),)


class Block(Model):
    """One actor wants nothing to do with another."""

    id = IdField()
    uri = fields.CharField(
        max_length=2048, default="", description="id of the Block activity, where there is one"
    )
    actor_id: int
    actor: fields.ForeignKeyRelation["Actor"] = fields.ForeignKeyField("models.Actor", related_name="blocks")
    target_id: int
    target: fields.ForeignKeyRelation["Actor"] = fields.ForeignKeyField(
        "models.Actor", related_name="blocked_by"
    )
    created = fields.DatetimeField(auto_now_add=True)

    class Meta:
        table = "blocks"
        unique_together = (("actor", "target"),)
        indexes = (Index(fields=["target_id"], name="blocks_target"),)


class DomainBlock(Model):
    """One person here wants nothing to do with a whole domain and everything below it."""

    id = IdField()
    actor_id: int
    actor: fields.ForeignKeyRelation["Actor"] = fields.ForeignKeyField(
        "models.Actor", related_name="domain_blocks"
    )
    domain = fields.CharField(max_length=255, description="in ASCII and lower case")
    site = fields.CharField(max_length=255, description="the last two labels of the domain")
    created = fields.DatetimeField(auto_now_add=True)

    class Meta:
        table = "domain_blocks"
        unique_together = (("actor", "domain"),)
        indexes = (Index(fields=["actor_id", "site"], name="domain_blocks_site"),)


class Subscription(Model):
    """A list of domains that others keep and this place follows, its rules bear its source."""

    id = IdField()
    source = fields.CharField(max_length=500, unique=True, description="an address, or the path of a file")
    entries = fields.IntField(default=0, description="domains it named when it was last taken over")
    refreshed = fields.DatetimeField(null=True, description="when it was last taken over")
    failure = fields.CharField(max_length=500, default="", description="why it was not, the last time")
    created = fields.DatetimeField(auto_now_add=True)

    class Meta:
        table = "subscriptions"


class AuditEntry(Model):
    """Who changed what about the place, rows are added and never changed."""

    id = IdField()
    who = fields.CharField(max_length=255, description="the account, or command line")
    action = fields.CharField(max_length=64)
    about = fields.CharField(max_length=2048, default="")
    detail: Any = fields.JSONField(default=dict)
    created = fields.DatetimeField(auto_now_add=True)

    class Meta:
        table = "audit"
