"""Posts and the pictures in them, local and remote."""

from enum import StrEnum
from typing import TYPE_CHECKING, Any

from tortoise import fields
from tortoise.indexes import Index
from tortoise.models import Model

from fedicara.models.ids import IdField

if TYPE_CHECKING:
    from fedicara.models.actors import Actor
    from fedicara.models.ai_made import AiCase


class State(StrEnum):
    """Where a work or picture stands.

    Hidden are all works of somebody suspended or of a rejected domain, withheld is a single one by a moderator. Held is
    a work whose file and declaration differ, a draft its artist keeps; ai-made are works of others that a rule hides.
    """

    PROCESSING = "processing"
    READY = "ready"
    PUBLISHED = "published"
    FAILED = "failed"
    HIDDEN = "hidden"
    WITHHELD = "withheld"
    HELD = "held"
    DRAFT = "draft"
    AI_MADE = "ai-made"


class Work(Model):
    """A post: pictures with their words."""

    id = IdField()
    uri = fields.CharField(max_length=2048, unique=True)
    actor_id: int
    actor: fields.ForeignKeyRelation["Actor"] = fields.ForeignKeyField("models.Actor", related_name="works")
    state = fields.CharEnumField(State, max_length=16, default=State.PUBLISHED)
    failure = fields.TextField(default="", description="why it could not be published, for its artist")
    visibility = fields.CharField(max_length=16, default="public")
    title = fields.CharField(max_length=500, default="")
    content = fields.TextField(default="", description="HTML, already sanitised, title line not included")
    source = fields.TextField(default="", description="what was typed, Markdown")
    warning = fields.CharField(max_length=500, default="")
    sensitive = fields.BooleanField(default=False)
    language = fields.CharField(max_length=35, default="")
    licence = fields.CharField(max_length=32, default="", description="key of policies.licences, or empty")
    ai = fields.CharField(max_length=16, default="", description="AI declaration, empty if not stated")
    medium: Any = fields.JSONField(default=list, description="keys of the vocabulary of media (F-072)")
    policy: Any = fields.JSONField(
        default=dict, description="own choice, local, what was stated and carried, remote"
    )
    ai_said = fields.CharField(
        max_length=8, default="", description="who says so if not the artist: place or file"
    )
    url = fields.CharField(max_length=2048, default="", description="page for people")
    in_reply_to = fields.CharField(max_length=2048, default="")
    context = fields.CharField(
        max_length=2048, default="", description="the thread, ours or as stated (F-069)"
    )
    project = fields.CharField(
        max_length=2048, default="", description="id of the project a remote work names (F-072)"
    )
    quotes = fields.CharField(max_length=16, default="nobody", description="who may quote it, local works")
    cloak = fields.CharField(
        max_length=16, default="", description="a strength, external or none, local works (C-004)"
    )
    interactions: Any = fields.JSONField(default=dict, description="who may do what, as stated, remote works")
    retrieved = fields.BooleanField(
        default=False, description="read from its server, not sent here, so in no timeline (F-356)"
    )
    thread_read = fields.DatetimeField(
        null=True, description="when its replies elsewhere were last asked for"
    )
    published = fields.DatetimeField(null=True)
    revision = fields.IntField(default=0, description="rises with every change, names cached bytes")
    edited = fields.DatetimeField(null=True)

    pictures: fields.ReverseRelation["Picture"]
    tags: fields.ReverseRelation["Tag"]
    mentions: fields.ReverseRelation["Mention"]

    class Meta:
        table = "works"
        indexes = (
            Index(fields=["actor_id", "id", "state", "visibility"], name="works_actor"),
            Index(fields=["visibility", "state", "id"], name="works_public"),
            Index(
                fields=["actor_id", "in_reply_to", "id", "state", "visibility", "retrieved"],
                name="works_home",
            ),
            Index(fields=["in_reply_to"], name="works_replies"),
            Index(fields=["context", "id"], name="works_context"),
        )


class Picture(Model):
    """One picture of a work, or an upload that waits for its work."""

    id = IdField()
    actor_id: int
    actor: fields.ForeignKeyRelation["Actor"] = fields.ForeignKeyField(
        "models.Actor", related_name="pictures"
    )
    work_id: int | None
    work: fields.ForeignKeyNullableRelation["Work"] = fields.ForeignKeyField(
        "models.Work", related_name="pictures", null=True
    )
    shows_id: int | None
    shows: fields.ForeignKeyNullableRelation["Picture"] = fields.ForeignKeyField(
        "models.Picture",
        related_name="shown_again",
        null=True,
        description="the picture of another work that is shown here again, with its sizes (F-084)",
    )
    use = fields.CharField(
        max_length=8, default="", description="avatar or header, for the profile of who uploaded it"
    )
    position = fields.SmallIntField(default=1)
    lead = fields.SmallIntField(
        default=0, description="its place among those that lead elsewhere, 0 for none (F-052)"
    )
    state = fields.CharEnumField(State, max_length=16, default=State.READY)
    step = fields.CharField(max_length=32, default="waiting")
    percent = fields.SmallIntField(default=0)
    failure = fields.TextField(default="")
    alt = fields.TextField(default="")
    focus_x = fields.FloatField(default=0.0)
    focus_y = fields.FloatField(default=0.0)
    width = fields.IntField(default=0)
    height = fields.IntField(default=0)
    blurhash = fields.CharField(max_length=64, default="")
    ai = fields.CharField(
        max_length=16, default="", description="declared with the upload, else the account's"
    )
    case_id: int | None
    case: fields.ForeignKeyNullableRelation["AiCase"] = fields.ForeignKeyField(
        "models.AiCase",
        related_name="proofs",
        null=True,
        on_delete=fields.SET_NULL,
        description="the case that it is shown for, work in progress",
    )
    review = fields.SmallIntField(default=0, description="raises the priority of a case, shown to nobody")
    engine = fields.CharField(max_length=32, default="")
    engine_version = fields.CharField(max_length=16, default="")
    strength = fields.CharField(max_length=16, default="")
    original = fields.CharField(max_length=255, default="", description="storage key, never public")
    original_type = fields.CharField(max_length=32, default="")
    original_bytes = fields.BigIntField(default=0)
    report: Any = fields.JSONField(default=dict)
    remote_url = fields.CharField(max_length=2048, default="")
    media_type = fields.CharField(max_length=64, default="")
    stated: Any = fields.JSONField(default=dict, description="what was stated and carried of it, remote")
    created = fields.DatetimeField(auto_now_add=True)

    renditions: fields.ReverseRelation["Rendition"]

    class Meta:
        table = "pictures"
        indexes = (
            Index(fields=["work_id", "position"], name="pictures_work"),
            Index(fields=["actor_id", "id"], name="pictures_actor"),
            Index(fields=["original"], name="pictures_original"),
        )


class Rendition(Model):
    """One size of a picture as it leaves the server, the key holds 128 random bits (P-246)."""

    id = IdField()
    picture_id: int
    picture: fields.ForeignKeyRelation["Picture"] = fields.ForeignKeyField(
        "models.Picture", related_name="renditions"
    )
    name = fields.CharField(max_length=16, description="large, preview or small")
    key = fields.CharField(max_length=64, unique=True, description="file name in storage and in addresses")
    media_type = fields.CharField(max_length=32)
    width = fields.IntField()
    height = fields.IntField()
    bytes = fields.BigIntField()
    sha256 = fields.CharField(max_length=64)

    class Meta:
        table = "renditions"
        unique_together = (("picture", "name"),)


class Tag(Model):
    """A hashtag of a work, without its #."""

    id = IdField()
    work_id: int
    work: fields.ForeignKeyRelation["Work"] = fields.ForeignKeyField("models.Work", related_name="tags")
    name = fields.CharField(max_length=100)

    class Meta:
        table = "tags"
        unique_together = (("work", "name"),)
        indexes = (Index(fields=["name", "work_id"], name="tags_name"),)


class Mention(Model):
    """A work is addressed to somebody."""

    id = IdField()
    work_id: int
    work: fields.ForeignKeyRelation["Work"] = fields.ForeignKeyField("models.Work", related_name="mentions")
    actor_id: int
    actor: fields.ForeignKeyRelation["Actor"] = fields.ForeignKeyField(
        "models.Actor", related_name="mentions"
    )

    class Meta:
        table = "mentions"
        unique_together = (("work", "actor"),)
        indexes = (Index(fields=["actor_id", "work_id"], name="mentions_actor"),)


class Version(Model):
    """What a work said before it was edited."""

    id = IdField()
    work_id: int
    work: fields.ForeignKeyRelation["Work"] = fields.ForeignKeyField("models.Work", related_name="versions")
    title = fields.CharField(max_length=500, default="")
    content = fields.TextField(default="")
    warning = fields.CharField(max_length=500, default="")
    sensitive = fields.BooleanField(default=False)
    alts: Any = fields.JSONField(default=list, description="alt texts of the pictures in their order")
    said = fields.DatetimeField(null=True, description="when it began to say this")

    class Meta:
        table = "versions"
        indexes = (Index(fields=["work_id", "id"], name="versions_work"),)


class Pin(Model):
    """A work that its artist shows first."""

    id = IdField()
    actor_id: int
    actor: fields.ForeignKeyRelation["Actor"] = fields.ForeignKeyField("models.Actor", related_name="pins")
    work_id: int
    work: fields.ForeignKeyRelation["Work"] = fields.ForeignKeyField("models.Work", related_name="pins")
    position = fields.SmallIntField(default=1)

    class Meta:
        table = "pins"
        unique_together = (("actor", "work"),)


class Tombstone(Model):
    """What was deleted stays deleted (F-388)."""

    id = IdField()
    uri = fields.CharField(max_length=2048, unique=True)
    former_type = fields.CharField(max_length=32, default="Note")
    public = fields.BooleanField(default=False, description="whether 410 may be said (F-302)")
    deleted = fields.DatetimeField(auto_now_add=True)

    class Meta:
        table = "tombstones"
