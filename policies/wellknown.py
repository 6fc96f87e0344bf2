"""The TDM Reservation Protocol's site file and the offer that says how to ask (blocks B5 and B6)."""

from typing import Any
from urllib.parse import urlsplit

from policies.policy import Policy
from policies.tokens import tdm_reservation, usage_info

ODRL_CONTEXT = "http://www.w3.org/ns/odrl.jsonld"
TDMREP_CONTEXT = "http://www.w3.org/ns/tdmrep.jsonld"
TDMREP_PROFILE = "http://www.w3.org/ns/tdmrep"


def tdmrep(default: Policy) -> list[dict[str, Any]]:
    """Return `/.well-known/tdmrep.json` for the instance default (TDMRep 2024-05-10; P-026).

    It names no policy document: silence of a later step could not take that back (P-120).
    """
    return [{"location": "/", "tdm-reservation": tdm_reservation(default)}]


def offer(base_url: str, *, email: str | None = None) -> dict[str, Any]:
    """Return `/policies/tdm.json`, an ODRL Offer in JSON-LD that only says: ask first (P-121, P-122).

    `email` is an address the admin chose to publish.
    """
    assigner = {
        "uid": base_url,
        "vcard:fn": urlsplit(base_url).netloc,
        "vcard:hasURL": usage_info(base_url),
    }
    if email:
        assigner["vcard:hasEmail"] = f"mailto:{email}"
    return {
        "@context": [ODRL_CONTEXT, TDMREP_CONTEXT],
        "@type": "Offer",
        "profile": TDMREP_PROFILE,
        "uid": f"{base_url}/policies/tdm.json",
        "assigner": assigner,
        "permission": [{"action": "tdm:mine", "duty": [{"action": "obtainConsent"}]}],
    }
