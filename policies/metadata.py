"""The policy as XMP properties; writing the packet is another package's work."""

from typing import TypedDict, Unpack

from policies.ai_made import Declaration, digital_source_type
from policies.licences import PUBLIC_DOMAIN_URLS
from policies.policy import Mining, Policy, Use
from policies.tokens import data_mining, needs_constraint, usage_info
from policies.words import constraint, rights


class Credit(TypedDict, total=False):
    """What the artist says about a work: name, rights text, address of the licence."""

    creator: str | None
    rights: str | None
    licence_url: str | None


def training_mining(policy: Policy) -> dict[str, dict[str, str]]:
    """Return the entries of a `cawg.training-mining` assertion, block B8 (table 1.3)."""
    reserved = policy.tdm is Mining.RESERVED
    denied = {
        "cawg.ai_generative_training": policy.ai_train is Use.DENY,
        "cawg.ai_training": reserved,
        "cawg.data_mining": reserved,
        "cawg.ai_inference": policy.ai_input is Use.DENY,
    }
    return {name: {"use": "notAllowed" if is_denied else "allowed"} for name, is_denied in denied.items()}


def marks(
    policy: Policy,
    base_url: str,
    *,
    declaration: Declaration | None,
    photographic: bool | None = False,
    **credit: Unpack[Credit],
) -> dict[str, str | list[str]]:
    """Return the XMP properties of a file by qualified name, in the order of block B7 (P-130 to P-133).

    `rights` is the artist's own text and stands first in `dc:rights`; without it the creator's name does.
    Values are plain text: the writer of the packet escapes them. `declaration` None, or a hand-made
    work of unknown medium (`photographic` None), states no source type (P-401).
    """
    creator, licence_url = credit.get("creator"), credit.get("licence_url")
    free = licence_url in PUBLIC_DOMAIN_URLS
    own = credit.get("rights") or (f"© {creator}." if creator and not free else None)
    properties: dict[str, str | list[str] | None] = {
        "plus:DataMining": data_mining(policy),
        "plus:OtherConstraints": constraint(policy) if needs_constraint(policy) else None,
        "Iptc4xmpExt:DigitalSourceType": declaration and digital_source_type(declaration, photographic),
        "xmpRights:Marked": str(not free),
        "xmpRights:WebStatement": usage_info(base_url),
        "cc:license": licence_url,
        "dc:creator": [creator] if creator else None,
        "dc:rights": rights(policy, own),
    }
    return {name: value for name, value in properties.items() if value}
