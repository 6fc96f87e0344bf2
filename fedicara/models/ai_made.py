"""Works made with AI: the rules of the place, cases about single works, and what was cleared."""

from typing import TYPE_CHECKING, Any

from tortoise import fields
from tortoise.indexes import Index
from tortoise.models import Model

from fedicara.models.ids import IdField
from policies.cases import Kind, Stage

if TYPE_CHECKING:
    from fedicara.models.actors import Actor
    from fedicara.models.works import Picture, Work


class AiRule(Model):
    """What the place does with works made with AI, where that was set."""

    about = fields.CharField(max_length=16, primary_key=True, description="generated, assisted or remote")
    rule = fields.CharField(max_length=16)

    class Meta:
        table = "ai_rules"


class AiCase(Model):
    """A work whose file and whose declaration say different things, or that was reported as made with AI."""

    id = IdField()
    work_id: int
    work: fields.ForeignKeyRelation["Work"] = fields.ForeignKeyField("models.Work", related_name="ai_cases")
    actor_id: int
    actor: fields.ForeignKeyRelation["Actor"] = fields.ForeignKeyField(
        "models.Actor", related_name="ai_cases"
    )
    kind = fields.CharEnumField(Kind, max_length=16)
    stage = fields.CharEnumField(Stage, max_length=32)
    since = fields.DatetimeField(description="when it came to this stage")
    priority = fields.SmallIntField(default=0, description="what is looked at first, shown to nobody")
    evidence: Any = fields.JSONField(
        default=list, description="position of the picture, and the five members"
    )
    course: Any = fields.JSONField(default=list, description="who did what when, with their words")
    decided_by = fields.CharField(max_length=255, default="", description="who decided against the artist")
    created = fields.DatetimeField()

    proofs: fields.ReverseRelation["Picture"]

    class Meta:
        table = "ai_cases"
        indexes = (
            Index(fields=["stage", "priority", "id"], name="ai_cases_stage"),
            Index(fields=["work_id", "id"], name="ai_cases_work"),
            Index(fields=["actor_id", "id"], name="ai_cases_actor"),
        )


class Clearance(Model):
    """A picture that moderators cleared for one account, it is not held again (P-422)."""

    id = IdField()
    actor_id: int
    actor: fields.ForeignKeyRelation["Actor"] = fields.ForeignKeyField(
        "models.Actor", related_name="clearances"
    )
    pixels = fields.CharField(max_length=64, description="SHA-256 of the decoded pixels")
    perceptual = fields.CharField(max_length=16, default="", description="64 bits in hexadecimal")
    cleared_by = fields.CharField(max_length=255)
    created = fields.DatetimeField()

    class Meta:
        table = "clearances"
        indexes = (Index(fields=["actor_id", "id"], name="clearances_actor"),)
