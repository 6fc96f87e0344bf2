"""The sizes of a picture that moves: it keeps moving, and the smallest stands still."""

from io import BytesIO
from typing import Final

from PIL import Image

from media.decode import Moving
from media.marks import Marks
from media.variants import SIDES, Cut, Encoded, Made, Rendition, card, encoded, named, within

MOST_LOSSLESS: Final = 64_000_000
"""Pixels over all frames up to which an exact encoding is tried; it takes as long again."""

_LOSSLESS_AT_MOST = 1.5  # times the bytes with loss
_EXACT: Final = ("image/gif", "image/png")


class _Reel(Image.Image):
    """Frames one after the other as Pillow's writers ask for them, so that one alone is in memory."""

    def __init__(self, moving: Moving, side: int) -> None:
        super().__init__()
        self.moving, self._side, self._at = moving, side, -1
        self.n_frames = len(moving.times)
        self.is_animated = True
        self.seek(0)

    def seek(self, frame: int) -> None:
        """Show one frame."""
        if frame >= self.n_frames:
            raise EOFError
        if frame != self._at:
            shown = within(self.moving.frame(frame), self._side)
            self.im, self._mode, self._size, self._at = shown.im, shown.mode, shown.size, frame

    def tell(self) -> int:
        """The frame that is shown."""
        return self._at


def animations(
    first: Image.Image, moving: Moving, written: Marks, cut: Cut, made: Made
) -> tuple[Rendition, ...]:
    """`large` and `preview` as one animated WebP, `small` and the card of the first frame.

    An animated GIF instead where that came and is smaller; it carries no marks, since GIF has no place for them (P-131).
    Raises BrokenPicture where a frame cannot be read.
    """
    small = within(first, SIDES["small"])
    still = [*named("small", small, encoded(small, written, cut)), *card(first, written, cut)]
    made(10)
    preview = within(first, SIDES["preview"])
    files = [_moving(moving, SIDES["preview"], written, cut)]
    made(50)
    large = within(first, SIDES["large"])
    whole = files if large.size == preview.size else [_moving(moving, SIDES["large"], written, cut)]
    made(99)
    return (*named("large", large, whole), *named("preview", preview, files), *still)


def _moving(moving: Moving, side: int, written: Marks, cut: Cut) -> Encoded:
    reel = _Reel(moving, side)
    webp = _webp(reel, written, quality=90, method=2)
    pixels = reel.width * reel.height * reel.n_frames
    if cut.media_type in _EXACT and pixels <= MOST_LOSSLESS:
        exact = _webp(reel, written, lossless=True, quality=0, method=0)
        webp = exact if len(exact) <= _LOSSLESS_AT_MOST * len(webp) else webp
    # A GIF written anew is never much smaller than the one that came.
    if cut.media_type == "image/gif" and cut.bytes < len(webp):
        gif = _gif(reel)
        if len(gif) < len(webp):
            return "image/gif", gif
    return "image/webp", webp


def _webp(reel: _Reel, written: Marks, **how: object) -> bytes:
    out = BytesIO()
    named = {"xmp": written.xmp, "icc_profile": written.icc_profile, "exif": written.exif}
    carried = {name: value for name, value in named.items() if value}
    times, loop = list(reel.moving.times), reel.moving.loop
    reel.save(out, "WEBP", save_all=True, duration=times, loop=loop, **how, **carried)
    return out.getvalue()


def _gif(reel: _Reel) -> bytes:
    out = BytesIO()
    again = {"loop": reel.moving.loop - 1 if reel.moving.loop else 0} if reel.moving.loop != 1 else {}
    reel.save(out, "GIF", save_all=True, duration=list(reel.moving.times), **again)
    return out.getvalue()
