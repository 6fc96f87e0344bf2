"""The cloak engines by name, and the choice of one for a picture."""

import hashlib
import hmac
import time
from dataclasses import dataclass

import numpy as np
from PIL import Image

from media.cloak import ascent
from media.cloak.ascent import ASCENT, Climb
from media.cloak.engine import Cloaked, Engine, Pixels, Strength
from media.cloak.generator import GENERATOR
from media.cloak.texture import TEXTURE
from media.cloak.untouched import EXTERNAL, NONE
from media.errors import CloakFailed

__all__ = [
    "ENGINES",
    "Applied",
    "Climb",
    "Cloaked",
    "Engine",
    "Pixels",
    "Strength",
    "apply",
    "seed",
    "unsuited",
]

ENGINES: dict[str, Engine] = {engine.name: engine for engine in (GENERATOR, TEXTURE, ASCENT, EXTERNAL, NONE)}
SMALLEST_SIDE = 128
FEWEST_COLOURS = 32


@dataclass(frozen=True)
class Applied:
    """The cloaked master, RGB or RGBA, and which engine made it, in how many seconds, and why if not the one asked."""

    picture: Image.Image
    engine: Engine
    strength: Strength
    seconds: float
    reason: str = ""


def seed(secret: bytes, picture: Pixels) -> bytes:
    """What makes the change random: of the instance's secret and the picture's pixels, 32 bytes (C-002)."""
    shape = "x".join(map(str, picture.shape)).encode()
    digest = hashlib.sha256(shape + b"\n")
    digest.update(np.ascontiguousarray(picture).data)
    return hmac.digest(secret, digest.digest(), "sha256")


def unsuited(picture: Image.Image) -> str:
    """Why a picture is better left as it is, in a sentence; empty when a cloak fits (C-003)."""
    if min(picture.size) < SMALLEST_SIDE:
        return f"The picture is smaller than {SMALLEST_SIDE} pixels on a side."
    if picture.getcolors(FEWEST_COLOURS) is not None:
        return f"The picture has at most {FEWEST_COLOURS} colours, where any change would be seen."
    return ""


def apply(
    picture: Image.Image, engine: str, strength: str, secret: bytes, climb: Climb | None = None
) -> Applied:
    """Cloak an RGB or RGBA picture; alpha and size stay as they are. Raises CloakFailed (C-006).

    `climb` is what the engine `ascent` climbs on, and for how long.
    """
    chosen = ascent.engine(climb) if climb and engine == ASCENT.name else ENGINES.get(engine)
    if chosen is None or strength not in Strength.__members__:
        raise CloakFailed(f"There is no cloak called {engine!r} with strength {strength!r} on this server.")
    reason = unsuited(picture) if chosen.changes else ""
    used = NONE if reason else chosen
    if not used.changes:
        return Applied(picture, used, Strength(strength), 0.0, reason)
    started = time.perf_counter()
    cloaked = _cloaked(picture, used, Strength(strength), secret)
    return Applied(cloaked, used, Strength(strength), round(time.perf_counter() - started, 3))


def _cloaked(picture: Image.Image, engine: Engine, strength: Strength, secret: bytes) -> Image.Image:
    pixels = np.asarray(picture if picture.mode == "RGB" else picture.convert("RGB"))
    try:
        made = engine.cloak(pixels, strength, seed(secret, pixels)).picture
    except (MemoryError, ArithmeticError, ValueError, OSError, RuntimeError) as error:
        raise CloakFailed("The cloak could not be made, so the picture was not published.") from error
    if made.shape != pixels.shape or made.dtype != np.uint8:
        raise CloakFailed("The cloak gave back another picture than it was given.")
    result = Image.fromarray(made)
    if picture.mode == "RGBA":
        result.putalpha(picture.getchannel("A"))
    return result
