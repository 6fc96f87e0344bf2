"""Who quotes whom: what was asked of artists here, and what posts elsewhere quote (FEP-044f)."""

from enum import StrEnum
from typing import TYPE_CHECKING

from tortoise import fields
from tortoise.indexes import Index
from tortoise.models import Model

from fedicara.models.ids import IdField

if TYPE_CHECKING:
    from fedicara.models.actors import Actor
    from fedicara.models.works import Work


class Consent(StrEnum):
    """How a request to quote, or a quote, stands."""

    WAITING = "waiting"
    GRANTED = "granted"
    REFUSED = "refused"


class Approval(Model):
    """Somebody asked to quote a work of ours, granted ones are readable at their id and withdrawn for good."""

    id = IdField()
    uri = fields.CharField(max_length=2048, description="id of the QuoteRequest")
    actor_id: int
    actor: fields.ForeignKeyRelation["Actor"] = fields.ForeignKeyField(
        "models.Actor", related_name="approvals"
    )
    work_id: int
    work: fields.ForeignKeyRelation["Work"] = fields.ForeignKeyField("models.Work", related_name="approvals")
    instrument = fields.CharField(max_length=2048, description="id of the post that quotes")
    state = fields.CharEnumField(Consent, max_length=16, default=Consent.WAITING)

    class Meta:
        table = "approvals"
        unique_together = (("work", "instrument"),)
        indexes = (Index(fields=["actor_id"], name="approvals_actor"),)


class Quotation(Model):
    """A post elsewhere quotes another, shown as a quote only while the quoted author's approval holds."""

    id = IdField()
    work_id: int
    work: fields.OneToOneRelation["Work"] = fields.OneToOneField("models.Work", related_name="quotation")
    quoted = fields.CharField(max_length=2048, description="id of what is quoted")
    approval = fields.CharField(max_length=2048, default="", description="id of the QuoteAuthorization")
    state = fields.CharEnumField(Consent, max_length=16, default=Consent.WAITING)

    class Meta:
        table = "quotations"
        indexes = (
            Index(fields=["quoted"], name="quotations_quoted"),
            Index(fields=["approval"], name="quotations_approval"),
        )
