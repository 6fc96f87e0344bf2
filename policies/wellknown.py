"""The TDM Reservation Protocol's site file and the offer that says how to ask (blocks B5 and B6)."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from policies.policy import PLACE_OFFER, Policy
from policies.tokens import tdm_reservation, usage_info

ODRL_CONTEXT = "http://www.w3.org/ns/odrl.jsonld"
TDMREP_CONTEXT = "http://www.w3.org/ns/tdmrep.jsonld"
TDMREP_PROFILE = "http://www.w3.org/ns/tdmrep"


def tdmrep(default: Policy) -> list[dict[str, Any]]:
    """Return `/.well-known/tdmrep.json` for the instance default (TDMRep 2024-05-10; P-026).

    It names no policy document: silence of a later step could not take that back (P-120).
    """
    return [{"location": "/", "tdm-reservation": tdm_reservation(default)}]


@dataclass(frozen=True, slots=True)
class Assigner:
    """Who gives permission: an identifier, a name, a page, and an e-mail address if one is published."""

    uid: str
    name: str
    url: str
    email: str = ""


def offer(base_url: str, *, email: str = "") -> dict[str, Any]:
    """Return `/policies/tdm.json`: whoever looks after the place is asked, at an address they chose to publish."""
    place = Assigner(base_url, urlsplit(base_url).netloc, usage_info(base_url), email)
    return offer_of(base_url, PLACE_OFFER, place)


def offer_of(base_url: str, document: str, assigner: Assigner) -> dict[str, Any]:
    """Return a document below `/policies/`, an ODRL Offer in JSON-LD that only says: ask first (P-121, P-122)."""
    stated = {"uid": assigner.uid, "vcard:fn": assigner.name, "vcard:hasURL": assigner.url}
    if assigner.email:
        stated["vcard:hasEmail"] = f"mailto:{assigner.email}"
    return {
        "@context": [ODRL_CONTEXT, TDMREP_CONTEXT],
        "@type": "Offer",
        "profile": TDMREP_PROFILE,
        "uid": f"{base_url}/policies/{document}",
        "assigner": stated,
        "permission": [{"action": "tdm:mine", "duty": [{"action": "obtainConsent"}]}],
    }
