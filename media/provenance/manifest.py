"""C2PA manifests inside a file, read with the extra `c2pa`; one that lies elsewhere is never fetched (table 5.2)."""

import json
from collections.abc import Iterator, Mapping
from io import BytesIO
from typing import Any

try:
    import c2pa
except ImportError:  # the extra is not installed
    c2pa = None

from media.provenance.containers import Metadata
from media.provenance.evidence import Evidence, evidence
from media.provenance.texts import names_generator

READS = c2pa is not None
"""Whether manifests can be read here at all."""

SETTINGS = {
    "verify": {"remote_manifest_fetch": False, "ocsp_fetch": False},
    "builder": {"thumbnail": {"enabled": False}},
}
_CLASSES = {
    "trainedAlgorithmicMedia": "signed",
    "compositeWithTrainedAlgorithmicMedia": "signed, part",
}
_STATEMENTS = ("cawg.training-mining", "c2pa.training-mining")
_LONGEST, _MOST = 80, 16
_MORE_GENERATORS = ("openai", "dall-e", "dall·e", "imagen", "bing image creator", "gemini")


def look(data: bytes, found: Metadata) -> Iterator[Evidence]:
    """What the manifest in a file says of AI; statements about training and mining are never evidence."""
    if not (READS and found.manifest):
        return
    tool = f"c2pa-python {c2pa.__version__}"
    found.store = store = _store(data, found.media_type)
    if store is None:
        raise ValueError("a manifest that cannot be read")
    if store.get("validation_state") not in ("Valid", "Trusted"):
        yield evidence("hint", "c2pa", str(store.get("active_manifest", "")), tool)
        return
    manifests = store.get("manifests", {})
    active = manifests.get(store.get("active_manifest"), {})
    own = list(_source_types(active))
    for kind, source in own:
        yield evidence(kind, "c2pa:actions", source, tool)
    if own:
        return
    others = [
        source for each in manifests.values() if each is not active for _, source in _source_types(each)
    ]
    if others:
        yield evidence("question", "c2pa:ingredient", others[0], tool)
    elif names_generator(maker := _maker(active)) or any(name in maker.lower() for name in _MORE_GENERATORS):
        yield evidence("hint", "c2pa:claim_generator", maker, tool)


def entries(found: Metadata) -> list[dict[str, dict[str, str]]]:
    """The entries of statements about training and mining in the active manifest that `look` read, valid or not.

    They can only tighten, so a broken signature takes nothing from them (P-021). The retired label is read as well.
    """
    store = found.store or {}
    active = store.get("manifests", {}).get(store.get("active_manifest"), {})
    return [
        _uses(assertion.get("data"))
        for assertion in active.get("assertions", ())
        if assertion.get("label", "").partition("__")[0] in _STATEMENTS
    ]


def _uses(data: Any) -> dict[str, dict[str, str]]:
    stated = data.get("entries") if isinstance(data, Mapping) else None
    pairs = stated.items() if isinstance(stated, Mapping) else ()
    uses = [(name, str(entry.get("use", ""))) for name, entry in pairs if isinstance(entry, Mapping)]
    return {name[:_LONGEST]: {"use": use[:_LONGEST]} for name, use in uses[:_MOST]}


def _store(data: bytes, media_type: str) -> dict[str, Any] | None:
    try:
        with (
            c2pa.Context.from_dict(SETTINGS) as context,
            c2pa.Reader(media_type, BytesIO(data), context=context) as reader,
        ):
            return dict(json.loads(reader.json()))
    except c2pa.C2paError:
        return None


def _source_types(manifest: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The AI source types of a manifest's actions, with their classes."""
    for assertion in manifest.get("assertions", ()):
        if assertion.get("label", "").partition("__")[0] in ("c2pa.actions", "c2pa.actions.v2"):
            for action in assertion.get("data", {}).get("actions", ()):
                source = str(action.get("digitalSourceType", ""))
                if kind := _CLASSES.get(source.rpartition("/")[2]):
                    yield kind, source


def _maker(manifest: Mapping[str, Any]) -> str:
    named = [str(each.get("name", "")) for each in manifest.get("claim_generator_info", ())]
    return " ".join(filter(None, [str(manifest.get("claim_generator", "")), *named]))
