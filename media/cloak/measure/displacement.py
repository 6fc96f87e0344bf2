"""How far the features of an encoder move between two pictures (C-020)."""

from hashlib import sha256

import numpy as np
import torch
from torch import nn

from media.cloak.engine import Pixels
from media.cloak.measure.visibility import tensor
from media.cloak.measure.ways import Way


class Reader:
    """An encoder that reads each picture once, however often it is compared."""

    def __init__(self, encoder: nn.Module) -> None:
        self._encoder = encoder
        self._origins: dict[bytes, torch.Tensor] = {}

    def _deepest(self, picture: Pixels) -> torch.Tensor:
        with torch.no_grad():
            features: torch.Tensor = self._encoder(tensor(picture))[-1]
        return features

    def displacement(self, before: Pixels, after: Pixels, way: Way) -> float:
        """‖f(T(x')) - f(T(x))‖ / ‖f(T(x))‖ for the deepest features f and the way T."""
        origin = way(before)
        key = sha256(np.ascontiguousarray(origin).data).digest()
        if key not in self._origins:
            self._origins[key] = self._deepest(origin)
        read = self._origins[key]
        return float((self._deepest(way(after)) - read).norm() / read.norm())

    def forget(self) -> None:
        """Give up what was kept of the pictures so far."""
        self._origins.clear()
