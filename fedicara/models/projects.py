"""Projects: works of one artist in an order of their choice, with text between them."""

from typing import TYPE_CHECKING, Any

from tortoise import fields
from tortoise.indexes import Index
from tortoise.models import Model

from fedicara.models.ids import IdField

if TYPE_CHECKING:
    from fedicara.models.actors import Actor
    from fedicara.models.works import Picture, Work


class Project(Model):
    """An ordered collection with a title and a text, local or remote (F-080)."""

    id = IdField()
    uri = fields.CharField(max_length=2048, unique=True)
    actor_id: int
    actor: fields.ForeignKeyRelation["Actor"] = fields.ForeignKeyField(
        "models.Actor", related_name="made_projects"
    )
    visibility = fields.CharField(
        max_length=16, default="public", description="public, unlisted or followers"
    )
    title = fields.CharField(max_length=500)
    content = fields.TextField(default="", description="HTML, already sanitised")
    source = fields.TextField(default="", description="what was typed, Markdown")
    licence = fields.CharField(max_length=32, default="", description="key of policies.licences, or empty")
    cover_id: int | None
    cover: fields.ForeignKeyNullableRelation["Picture"] = fields.ForeignKeyField(
        "models.Picture", related_name="covers", null=True, on_delete=fields.SET_NULL
    )
    cover_post_id: int | None
    cover_post: fields.ForeignKeyNullableRelation["Work"] = fields.ForeignKeyField(
        "models.Work", related_name="covered_projects", null=True, on_delete=fields.SET_NULL
    )
    url = fields.CharField(max_length=2048, default="", description="page for people")
    policy: Any = fields.JSONField(default=dict, description="stated terms, remote")
    published = fields.DatetimeField(null=True)
    edited = fields.DatetimeField(null=True)
    revision = fields.IntField(default=0, description="rises with every change")
    fetched = fields.DatetimeField(null=True, description="when a remote project was last read")

    entries: fields.ReverseRelation["Entry"]

    class Meta:
        table = "projects"
        indexes = (
            Index(fields=["actor_id", "visibility", "id"], name="projects_actor"),
            Index(fields=["cover_post_id"], name="projects_cover_post"),
        )


class Entry(Model):
    """One place in a project, a work by its id or a text between works."""

    id = IdField()
    project_id: int
    project: fields.ForeignKeyRelation[Project] = fields.ForeignKeyField(
        "models.Project", related_name="entries"
    )
    position = fields.SmallIntField()
    uri = fields.CharField(max_length=2048, default="", description="id of the work, empty for a text")
    content = fields.TextField(default="", description="HTML, already sanitised")
    source = fields.TextField(default="", description="what was typed, Markdown")

    class Meta:
        table = "project_entries"
        unique_together = (("project", "position"),)
        indexes = (Index(fields=["uri", "project_id"], name="project_entries_uri"),)
