"""The classes that give a picture its shape and its ground before it loads, and the style sheet that defines them."""

from math import exp, log

_BASE83 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz#$%*+,-.:;=?@[]^_{|}~"
_RATIO_STEP = log(1.01)
_RATIO_MOST = 162  # 1.01 ** 162 is about 5: from 1:5 to 5:1
_WIDTH_STEP = log(1.05)
_WIDTHS = (46, 175)  # 1.05 ** 46 is about 9 px, 1.05 ** 175 about 5,100 px
_LEVELS = 6
_PLACES = 20


def ratio(width: int, height: int) -> str:
    """The class of an aspect ratio, exact to half a percent between 1:5 and 5:1."""
    if width <= 0 or height <= 0:
        return "r0"
    step = round(log(width / height) / _RATIO_STEP)
    return f"r{max(-_RATIO_MOST, min(_RATIO_MOST, step))}"


def width(pixels: int) -> str:
    """The class of the largest width at which a picture is not enlarged by more than a few percent."""
    step = round(log(max(pixels, 1)) / _WIDTH_STEP)
    return f"w{max(_WIDTHS[0], min(_WIDTHS[1], step))}"


def ground(blurhash: str) -> str:
    """The class of the average colour of a picture, read from its blurhash; grey where there is none."""
    digits = [_BASE83.find(character) for character in blurhash[2:6]]
    if len(digits) < 4 or min(digits) < 0:
        return "g"
    value = 0
    for digit in digits:
        value = value * 83 + digit
    red, green, blue = (min(value >> shift & 255, 255) * _LEVELS // 256 for shift in (16, 8, 0))
    return f"g{(red * _LEVELS + green) * _LEVELS + blue}"


def focus(point: tuple[float, float]) -> str:
    """The classes of a focal point, to a twentieth: what stays in sight where a shape cuts the picture (F-058)."""
    across, down = (min(_PLACES, max(0, round((1 + way) / 2 * _PLACES))) for way in (point[0], -point[1]))
    middle = _PLACES // 2
    named = (f"fx{across}" if across != middle else "", f"fy{down}" if down != middle else "")
    return " ".join(name for name in named if name)


def style_sheet() -> str:
    """Every class that `ratio`, `width`, `ground` and `focus` can name; style attributes are barred by our own policy."""
    steps = range(-_RATIO_MOST, _RATIO_MOST + 1)
    ratios = (f".r{step}{{--r:{exp(step * _RATIO_STEP):.4g}}}" for step in steps)
    widths = (
        f".w{step}{{--w:{exp(step * _WIDTH_STEP):.0f}px}}" for step in range(_WIDTHS[0], _WIDTHS[1] + 1)
    )
    grounds = (f".g{number}{{--g:{_colour(number)}}}" for number in range(_LEVELS**3))
    places = (
        f".f{axis}{step}{{--f{axis}:{100 * step // _PLACES}%}}"
        for axis in "xy"
        for step in range(_PLACES + 1)
    )
    return "\n".join((*ratios, *widths, *grounds, *places))


def _colour(number: int) -> str:
    levels = number // _LEVELS**2, number // _LEVELS % _LEVELS, number % _LEVELS
    return "#" + "".join(f"{(2 * level + 1) * 256 // (2 * _LEVELS):02x}" for level in levels)
