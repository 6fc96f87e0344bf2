"""Who follows whom, who liked, who boosted and who quoted."""

from typing import TYPE_CHECKING

from tortoise import fields
from tortoise.indexes import Index
from tortoise.models import Model

from fedicara.models.ids import IdField

if TYPE_CHECKING:
    from fedicara.models.actors import Actor
    from fedicara.models.works import Work


class Follow(Model):
    """One actor follows another, or asked to."""

    id = IdField()
    uri = fields.CharField(max_length=2048, description="id of the Follow activity")
    follower_id: int
    follower: fields.ForeignKeyRelation["Actor"] = fields.ForeignKeyField(
        "models.Actor", related_name="follows"
    )
    followed_id: int
    followed: fields.ForeignKeyRelation["Actor"] = fields.ForeignKeyField(
        "models.Actor", related_name="followed_by"
    )
    accepted = fields.BooleanField(default=False)
    created = fields.DatetimeField(auto_now_add=True)

    class Meta:
        table = "follows"
        unique_together = (("follower", "followed"),)
        indexes = (Index(fields=["followed_id", "accepted", "id"], name="follows_followed"),)


class EndedFollow(Model):
    """A follow that a rule of the place ended, kept until whom it concerns here has seen it (F-387)."""

    id = IdField()
    actor_id: int
    actor: fields.ForeignKeyRelation["Actor"] = fields.ForeignKeyField(
        "models.Actor", related_name="ended_follows", description="whom it concerns here"
    )
    other_id: int
    other: fields.ForeignKeyRelation["Actor"] = fields.ForeignKeyField(
        "models.Actor", related_name="ended_here"
    )
    is_own = fields.BooleanField(description="the person here followed the other, else was followed")
    ended = fields.DatetimeField()

    class Meta:
        table = "ended_follows"
        unique_together = (("actor", "other", "is_own"),)


class Like(Model):
    """One actor likes one work."""

    id = IdField()
    uri = fields.CharField(max_length=2048, unique=True)
    actor_id: int
    actor: fields.ForeignKeyRelation["Actor"] = fields.ForeignKeyField("models.Actor", related_name="likes")
    work_id: int
    work: fields.ForeignKeyRelation["Work"] = fields.ForeignKeyField("models.Work", related_name="likes")
    emoji = fields.CharField(max_length=64, default="", description="of a reaction, empty for a plain like")

    class Meta:
        table = "likes"
        unique_together = (("work", "actor"),)
        indexes = (Index(fields=["actor_id"], name="likes_actor"),)


class Boost(Model):
    """One actor showed one work to their followers."""

    id = IdField()
    uri = fields.CharField(max_length=2048, unique=True)
    actor_id: int
    actor: fields.ForeignKeyRelation["Actor"] = fields.ForeignKeyField("models.Actor", related_name="boosts")
    work_id: int
    work: fields.ForeignKeyRelation["Work"] = fields.ForeignKeyField("models.Work", related_name="boosts")

    class Meta:
        table = "boosts"
        unique_together = (("work", "actor"),)
        indexes = (Index(fields=["actor_id", "id"], name="boosts_actor"),)


class Quote(Model):
    """A post of another server that quotes a work of this one, without having asked."""

    id = IdField()
    uri = fields.CharField(max_length=2048, unique=True, description="id of the post that quotes")
    actor_id: int
    actor: fields.ForeignKeyRelation["Actor"] = fields.ForeignKeyField("models.Actor", related_name="quotes")
    work_id: int
    work: fields.ForeignKeyRelation["Work"] = fields.ForeignKeyField("models.Work", related_name="quoted_in")

    class Meta:
        table = "quotes"
        indexes = (
            Index(fields=["work_id"], name="quotes_work"),
            Index(fields=["actor_id"], name="quotes_actor"),
        )
