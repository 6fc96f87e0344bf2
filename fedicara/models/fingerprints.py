"""What pictures look like, which of them look alike, and which may not be shown here."""

from typing import TYPE_CHECKING

from tortoise import fields
from tortoise.indexes import Index
from tortoise.models import Model

from fedicara.models.ids import IdField

if TYPE_CHECKING:
    from fedicara.models.actors import Actor
    from fedicara.models.works import Picture


class Fingerprint(Model):
    """What one picture looks like, local or remote, so that others like it are found."""

    id = IdField()
    picture_id: int
    picture: fields.OneToOneRelation["Picture"] = fields.OneToOneField("models.Picture", related_name="looks")
    perceptual = fields.CharField(max_length=16, default="", description="64 bits in hexadecimal")
    pdq = fields.CharField(max_length=64, default="", description="256 bits in hexadecimal")

    class Meta:
        table = "fingerprints"


class FingerprintBand(Model):
    """Sixteen bits of a fingerprint, with their place in it, by which it is looked up."""

    id = IdField()
    band = fields.IntField()
    fingerprint_id: int
    fingerprint: fields.ForeignKeyRelation["Fingerprint"] = fields.ForeignKeyField(
        "models.Fingerprint", related_name="bands"
    )

    class Meta:
        table = "fingerprint_bands"
        indexes = (
            Index(fields=["band", "fingerprint_id"], name="fingerprint_bands_band"),
            Index(fields=["fingerprint_id"], name="fingerprint_bands_of"),
        )


class Resemblance(Model):
    """A picture of somebody of this place, and one like it under another account."""

    id = IdField()
    actor_id: int
    actor: fields.ForeignKeyRelation["Actor"] = fields.ForeignKeyField(
        "models.Actor", related_name="resemblances"
    )
    picture_id: int
    picture: fields.ForeignKeyRelation["Picture"] = fields.ForeignKeyField(
        "models.Picture", related_name="resembled"
    )
    other_id: int
    other: fields.ForeignKeyRelation["Picture"] = fields.ForeignKeyField(
        "models.Picture", related_name="resembles"
    )
    found = fields.DatetimeField()
    dismissed = fields.BooleanField(default=False)

    class Meta:
        table = "resemblances"
        unique_together = (("picture", "other"),)
        indexes = (
            Index(fields=["actor_id", "dismissed", "id"], name="resemblances_actor"),
            Index(fields=["other_id"], name="resemblances_other"),
        )


class BannedPicture(Model):
    """A picture that may not be shown here, nor what looks like it."""

    id = IdField()
    pixels = fields.CharField(max_length=64, unique=True, description="SHA-256 of the decoded pixels")
    perceptual = fields.CharField(max_length=16, default="")
    pdq = fields.CharField(max_length=64, default="")
    note = fields.TextField(default="", description="why, for those who look after the place")
    banned_by = fields.CharField(max_length=255)
    created = fields.DatetimeField()

    class Meta:
        table = "banned_pictures"
