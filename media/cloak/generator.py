"""A small trained network draws the change at a quarter of the resolution, in tiles; model_card.md says how it was made."""

from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from media.cloak.engine import Cloaked, Engine, Pixels, Strength
from media.cloak.prepared import inputs
from media.cloak.quarter import Plane, added
from media.errors import CloakFailed

MODEL = Path(__file__).with_name("generator.onnx")
TILE = 256  # of the change, drawn at once: memory stays the same whatever the picture
AROUND = 32  # more than the network sees around one point, a multiple of its coarsest step
_COARSEST = 4
UNREADABLE = "The cloak's model cannot be read on this server, so the picture was not published."
_REFUSALS = ("Fail", "InvalidGraph", "InvalidProtobuf", "InvalidArgument", "NoModel", "RuntimeException")


def cloak(picture: Pixels, strength: Strength, seed: bytes) -> Cloaked:
    """Add the change to the picture, (height, width, 3) uint8; no value moves by more than the strength's peak."""
    return with_model(MODEL, picture, strength, seed)


def with_model(model: Path, picture: Pixels, strength: Strength, seed: bytes) -> Cloaked:
    """The same with the network of another file; raises CloakFailed where it cannot be read."""
    given = inputs(picture, np.random.default_rng(list(seed)))
    change = draw(model, given) * np.float32(strength.peak)
    return Cloaked(
        added(picture, *change), {"peak": strength.peak, "coverage": round(float(given[4].mean()), 4)}
    )


def draw(model: Path, given: NDArray[np.float32]) -> Plane:
    """Red, green and blue of the change, (3, height, width), -1 to 1, for inputs (9, height, width)."""
    height, width = given.shape[1:]
    session = _session(model)
    change = np.empty((3, height, width), dtype=np.float32)
    for top in range(0, height, TILE):
        for left in range(0, width, TILE):
            bottom, right = min(top + TILE, height), min(left + TILE, width)
            above, before = max(top - AROUND, 0), max(left - AROUND, 0)
            piece = _whole(given[:, above : bottom + AROUND, before : right + AROUND])
            (drawn,) = session.run(None, {"picture": piece[np.newaxis]})
            rows, columns = slice(top - above, bottom - above), slice(left - before, right - before)
            change[:, top:bottom, left:right] = drawn[0, :, rows, columns]
    return change


def _whole(piece: NDArray[np.float32]) -> NDArray[np.float32]:
    """The piece with its edges repeated to multiples of the coarsest step."""
    missing = [(0, -length % _COARSEST) for length in piece.shape[1:]]
    return np.pad(piece, [(0, 0), *missing], mode="edge")


@cache
def _session(model: Path) -> Any:
    # Loaded here, not with the module: the server knows the engines by name and must stay small.
    try:
        onnxruntime = import_module("onnxruntime")
        errors = import_module("onnxruntime.capi.onnxruntime_pybind11_state")
        content = model.read_bytes()
    except (ImportError, OSError) as error:
        raise CloakFailed(UNREADABLE) from error
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.enable_cpu_mem_arena = False
    try:
        return onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
    except tuple(getattr(errors, name) for name in _REFUSALS) as error:
        raise CloakFailed(UNREADABLE) from error


GENERATOR = Engine("generator", "1", experimental=True, cloak=cloak)
