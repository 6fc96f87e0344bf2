"""Everyone who can follow and be followed: people here, people elsewhere, this server itself."""

from typing import Any

from tortoise import fields
from tortoise.indexes import Index
from tortoise.models import Model

from fedicara.models.ids import IdField


class Actor(Model):
    """An ActivityPub actor, local (domain empty) or remote."""

    id = IdField()
    uri = fields.CharField(max_length=2048, unique=True)
    type = fields.CharField(max_length=16, default="Person")
    username = fields.CharField(max_length=255, description="lower case for local actors")
    domain = fields.CharField(max_length=255, default="", description="empty for local actors")
    host = fields.CharField(
        max_length=255, default="", description="of the id, in ASCII, empty for local actors"
    )
    site = fields.CharField(max_length=255, default="", description="the last two labels of host")
    name = fields.CharField(max_length=255, default="")
    summary = fields.TextField(default="", description="HTML, already sanitised")
    summary_source = fields.TextField(default="")
    url = fields.CharField(max_length=2048, default="")
    inbox = fields.CharField(max_length=2048, default="")
    shared_inbox = fields.CharField(max_length=2048, default="")
    outbox = fields.CharField(max_length=2048, default="")
    followers = fields.CharField(max_length=2048, default="")
    following = fields.CharField(max_length=2048, default="")
    featured = fields.CharField(max_length=2048, default="", description="collection of pinned works")
    icon = fields.CharField(max_length=2048, default="", description="address of the avatar")
    icon_alt = fields.TextField(default="")
    image = fields.CharField(max_length=2048, default="", description="address of the header")
    image_alt = fields.TextField(default="")
    also_known_as: Any = fields.JSONField(default=list, description="ids of the same person elsewhere")
    moved_to = fields.CharField(max_length=2048, default="", description="id of the actor that took over")
    locked = fields.BooleanField(default=False)
    discoverable = fields.BooleanField(default=True)
    indexable = fields.BooleanField(default=True)
    signin_only = fields.BooleanField(default=False, description="nothing of theirs is for visitors")
    hides_lists = fields.BooleanField(default=False, description="who follows them and whom they follow")
    hides_counts = fields.BooleanField(default=False, description="how many those are")
    policy: Any = fields.JSONField(default=dict, description="own choice, local, what was stated, remote")
    contact_url = fields.CharField(
        max_length=500, default="", description="page where the artist is asked for permission"
    )
    profile_line = fields.BooleanField(
        default=False, description="the policy in words in the profile elsewhere"
    )
    post_line = fields.BooleanField(
        default=False, description="the policy in words under each post elsewhere"
    )
    implements: Any = fields.JSONField(
        default=list, description="addresses of what its server understands besides the usual (F-035)"
    )
    details: Any = fields.JSONField(
        default=list, description="lines of the profile: name, HTML value, source as typed, verified links"
    )
    published = fields.DatetimeField(null=True)
    revision = fields.IntField(default=0, description="rises with every change, names cached bytes")
    updated = fields.DatetimeField(auto_now=True)
    fetched = fields.DatetimeField(null=True, description="when a remote document was last read")
    suspended = fields.DatetimeField(null=True, description="since when nothing of theirs is shown here")
    rekeyed = fields.DatetimeField(null=True, description="when a remote actor last had none of its old keys")

    keys: fields.ReverseRelation["Key"]

    class Meta:
        table = "actors"
        unique_together = (("username", "domain"),)
        indexes = (
            Index(fields=["domain"], name="actors_domain"),
            Index(fields=["suspended"], name="actors_suspended"),
        )

    @property
    def is_local(self) -> bool:
        """Whether this server speaks for the actor."""
        return not self.domain

    @property
    def handle(self) -> str:
        """`ada` here, `ada@there.example` for others."""
        return f"{self.username}@{self.domain}" if self.domain else self.username

    @property
    def display_name(self) -> str:
        """The chosen name, else the user name."""
        return self.name or self.username


class Key(Model):
    """A public key of an actor, local ones come with their private half."""

    id = IdField()
    actor_id: int
    actor: fields.ForeignKeyRelation[Actor] = fields.ForeignKeyField("models.Actor", related_name="keys")
    uri = fields.CharField(max_length=2048, unique=True)
    public = fields.TextField(description="PEM for RSA, multibase for Ed25519")
    private = fields.TextField(default="", description="PEM, sealed, empty for remote keys")
    retired = fields.DatetimeField(null=True, description="since when another key signs instead")
    fetched = fields.DatetimeField(auto_now_add=True)

    class Meta:
        table = "keys"
        indexes = (Index(fields=["actor_id"], name="keys_actor"),)
