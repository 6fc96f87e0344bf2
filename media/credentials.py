"""Content Credentials: a size signed by its server, with the upload it was made of as its parent (P-135, P-136, P-431)."""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from io import BytesIO
from typing import Any, Final

try:
    import c2pa
except ImportError:  # the extra is not installed
    c2pa = None

from media.errors import NotSigned
from media.provenance.manifest import SETTINGS
from media.variants import Rendition

STATEMENT: Final = "cawg.training-mining"
# What stays of the history that an upload came with; everything else of it is taken out.
_KEPT: Final = ("c2pa.actions", "c2pa.hash.", "c2pa.ingredient", STATEMENT, "c2pa.training-mining")
_OF_PARENTS: Final = {
    *("relationship", "dc:title", "dc:format", "instanceID", "documentID", "hash", "thumbnail"),
    *("validationResults", "validationStatus", "activeManifest", "c2pa_manifest", "claimSignature"),
}
_OF_ACTIONS: Final = {"actions", "allActionsIncluded", "softwareAgents"}
_OF_STEPS: Final = {
    "action",
    "digitalSourceType",
    "softwareAgent",
    "softwareAgentIndex",
    "when",
    "instanceID",
    "parameters",
}
_OF_PARAMETERS: Final = {"ingredient", "ingredients", "redacted", "instanceId"}
_PARENT: Final = {"title": "upload", "relationship": "parentOf"}


@dataclass(frozen=True)
class Signing:
    """A chain of certificates and its private key, both PEM, and the entries of the statement on training and mining."""

    chain: str
    key: str = field(repr=False)
    entries: Mapping[str, Mapping[str, str]]


@dataclass(frozen=True)
class Upload:
    """The file that came, as a parent: what of its history has to be taken out, None where none of it goes along."""

    data: bytes
    media_type: str
    redactions: Sequence[str] | None


def upload(data: bytes, media_type: str) -> Upload:
    """An upload as the parent of its sizes.

    Its own history goes along so that no AI mark is lost: what was done with which program, and to which file. Whatever
    else it holds does not: places, serial numbers, people, pictures of the picture as it was before the cloak (P-132).
    A history that is broken, or says any of that in free words, stays behind whole.
    """
    store = _read(data, media_type)
    if store is None:
        return Upload(data, media_type, None)
    told = store["manifests"].values()
    is_sound = store.get("validation_state") in ("Valid", "Trusted") and all(map(_is_plain, told))
    return Upload(data, media_type, tuple(_private(store)) if is_sound else None)


def signed(rendition: Rendition, parent: Upload, signing: Signing, source_type: str) -> Rendition:
    """The same size with a manifest inside: no thumbnail, nothing elsewhere, no service that stamps times (P-135).

    Where something of the parent's history would not be taken out, all of it stays behind. Raises NotSigned.
    """
    if parent.redactions is not None:
        with suppress(c2pa.C2paError):
            data = _with_manifest(rendition, parent, signing, source_type)
            store = _read(data, rendition.media_type)
            if store is not None and not any(_private(store)):
                return _holding(rendition, data)
    try:
        bare = replace(parent, redactions=None)
        return _holding(rendition, _with_manifest(rendition, bare, signing, source_type))
    except c2pa.C2paError as error:
        raise NotSigned(
            "The picture could not be signed. The people who look after this server have to check its certificate."
        ) from error


def _holding(rendition: Rendition, data: bytes) -> Rendition:
    return replace(rendition, data=data, sha256=hashlib.sha256(data).hexdigest())


def _with_manifest(rendition: Rendition, parent: Upload, signing: Signing, source_type: str) -> bytes:
    signer_info = c2pa.C2paSignerInfo(b"es256", signing.chain.encode(), signing.key.encode(), None)
    out = BytesIO()
    claim = json.dumps(_claim(rendition, parent, signing, source_type))
    with (
        c2pa.Signer.from_info(signer_info) as signer,
        c2pa.Context.from_dict(SETTINGS) as context,
        c2pa.Builder(claim, context=context) as builder,
    ):
        builder.set_intent(c2pa.C2paBuilderIntent.EDIT)
        # Of a parent without a history nothing is said but that it was there, and nothing of its XMP is read.
        bare = parent.redactions is None
        kind, file = (rendition.media_type, rendition.data) if bare else (parent.media_type, parent.data)
        builder.add_ingredient(json.dumps(_PARENT), kind, BytesIO(file))
        builder.sign(signer, rendition.media_type, BytesIO(rendition.data), out)
    return out.getvalue()


def _claim(rendition: Rendition, parent: Upload, signing: Signing, source_type: str) -> dict[str, Any]:
    edited = {"action": "c2pa.edited", **({"digitalSourceType": source_type} if source_type else {})}
    taken_out = [
        {"action": "c2pa.redacted", "reason": "c2pa.PII.present", "parameters": {"redacted": each}}
        for each in parent.redactions or ()
    ]
    return {
        "claim_generator_info": [{"name": "fedicara"}],
        "title": rendition.name,
        "format": rendition.media_type,
        "redactions": list(parent.redactions or ()),
        "assertions": [
            {"label": STATEMENT, "data": {"entries": signing.entries}},
            {"label": "c2pa.actions.v2", "data": {"actions": [*taken_out, edited]}},
        ],
    }


def _read(data: bytes, media_type: str) -> dict[str, Any] | None:
    """Every manifest in a file with all that it holds; None where there is none that can be read."""
    try:
        with (
            c2pa.Context.from_dict(SETTINGS) as context,
            c2pa.Reader(media_type, BytesIO(data), context=context) as reader,
        ):
            return dict(json.loads(reader.detailed_json()))
    except c2pa.C2paError:
        return None


def _private(store: Mapping[str, Any]) -> Iterator[str]:
    """The addresses of what a history holds beside its steps."""
    for name, manifest in store["manifests"].items():
        for label in manifest.get("assertion_store", {}):
            if not label.startswith(_KEPT):
                yield f"self#jumbf=/c2pa/{name}/c2pa.assertions/{label}"


def _is_plain(manifest: Mapping[str, Any]) -> bool:
    """Whether steps and parents say what was done, with what and to what, and nothing in free words."""
    held = manifest.get("assertion_store", {}).items()
    parents = [assertion for label, assertion in held if label.startswith("c2pa.ingredient")]
    actions = [assertion for label, assertion in held if label.startswith("c2pa.actions")]
    steps = [step for assertion in actions for step in assertion.get("actions", ())]
    parameters = [step.get("parameters") or {} for step in steps]
    kinds = ((parents, _OF_PARENTS), (actions, _OF_ACTIONS), (steps, _OF_STEPS), (parameters, _OF_PARAMETERS))
    return all(each.keys() <= kept for found, kept in kinds for each in found)
