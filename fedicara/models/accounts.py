"""People who sign in here, and the ways they prove who they are."""

from enum import StrEnum
from typing import TYPE_CHECKING

from tortoise import fields
from tortoise.models import Model

from fedicara.models.ids import IdField

if TYPE_CHECKING:
    from fedicara.models.actors import Actor


class Role(StrEnum):
    """What an account may do, owners stand above administrators."""

    OWNER = "owner"
    ADMIN = "admin"
    MODERATOR = "moderator"
    ARTIST = "artist"


class Account(Model):
    """A person with an actor of this server."""

    id = IdField()
    actor_id: int
    actor: fields.OneToOneRelation["Actor"] = fields.OneToOneField("models.Actor", related_name="account")
    email = fields.CharField(max_length=254, default="")
    password_hash = fields.CharField(max_length=255)
    role = fields.CharEnumField(Role, max_length=16, default=Role.ARTIST)
    ai = fields.CharField(max_length=16, default="none", description="default AI declaration")
    ai_filter = fields.CharField(max_length=8, default="warn", description="how works made with AI are shown")
    licence = fields.CharField(max_length=32, default="all-rights-reserved")
    quotes = fields.CharField(max_length=16, default="nobody", description="who may quote new works")
    follows_moves = fields.BooleanField(
        default=True, description="whether to follow people to where they move"
    )
    cloak = fields.CharField(
        max_length=16, default="", description="which cloak new works get, empty as the place says (C-004)"
    )
    created = fields.DatetimeField(auto_now_add=True)

    class Meta:
        table = "accounts"


class Session(Model):
    """A signed-in browser, the cookie's SHA-256 is the key."""

    hash = fields.CharField(max_length=64, primary_key=True)
    account_id: int
    account: fields.ForeignKeyRelation["Account"] = fields.ForeignKeyField(
        "models.Account", related_name="sessions"
    )
    created = fields.DatetimeField(auto_now_add=True)
    expires = fields.DatetimeField()

    class Meta:
        table = "sessions"


class Token(Model):
    """A bearer token, its SHA-256 is the key."""

    hash = fields.CharField(max_length=64, primary_key=True)
    account_id: int
    account: fields.ForeignKeyRelation["Account"] = fields.ForeignKeyField(
        "models.Account", related_name="tokens"
    )
    scope = fields.CharField(max_length=255)
    created = fields.DatetimeField(auto_now_add=True)

    class Meta:
        table = "tokens"


class Invitation(Model):
    """A one-time link that makes an account, its SHA-256 is the key."""

    hash = fields.CharField(max_length=64, primary_key=True)
    role = fields.CharEnumField(Role, max_length=16, default=Role.ARTIST)
    expires = fields.DatetimeField()

    class Meta:
        table = "invitations"
