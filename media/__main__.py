"""The process that opens pictures: `python -m media SOURCE OUT_DIR`, options as JSON on standard input.

It limits its own memory and time before it reads a byte of the picture, looks for AI markers in the bytes as they came
unless the options say `"scan": false` (P-410), with `"alone": true` makes nothing but a cloaked PNG of the same size, prints one JSON object per line
(`{"step", "percent"}`, at last `{"done"}` or `{"refused", "kind"}`) and leaves with 0; every crash is non-zero.
"""

import base64
import contextlib
import json
import os
import resource
import sys
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from media.cloak import Climb
from media.credentials import Signing
from media.decode import Limits, decode, too_many_bytes
from media.errors import MediaError, TooLarge
from media.fingerprint import fingerprint
from media.pipeline import Options, Prepared, alone, prepare
from media.provenance.apart import apart
from media.variants import Rendition

MEMORY_BYTES = 2560 * 1024 * 1024
CPU_SECONDS = 90
FILE_BYTES = 256 * 1024 * 1024
OPEN_FILES = 64
SUFFIXES = {
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/webp": "webp",
    "image/avif": "avif",
    "image/gif": "gif",
}


def main(arguments: list[str]) -> int:
    """Prepare SOURCE into OUT_DIR; without OUT_DIR only look through it; 0 when done or refused, 2 for a wrong call."""
    if len(arguments) == 1:
        confine(MEMORY_BYTES, CPU_SECONDS)
        _look_through(_read(Path(arguments[0]), Limits()))
        return 0
    if len(arguments) != 2:
        sys.stderr.write("usage: python -m media SOURCE [OUT_DIR < options.json]\n")
        return 2
    source, folder = map(Path, arguments)
    given: dict[str, Any] = json.load(sys.stdin)
    confine(given.get("memory_bytes", MEMORY_BYTES), given.get("cpu_seconds", CPU_SECONDS))
    try:
        options = read_options(given)
        data = _read(source, options.limits)
        found = apart(data) if given.get("scan", True) else None
        make = alone if given.get("alone") else prepare
        prepared = make(data, options, _progress)
    except MediaError as error:
        say({"refused": error.sentence, "kind": error.kind})
        return 0
    say({"done": write(prepared, folder) | {"provenance": found}})
    return 0


def _look_through(data: bytes) -> None:
    """What the bytes of others say, and what they look like where they can be opened."""
    say({"provenance": apart(data)})
    with contextlib.suppress(MediaError):
        say({"fingerprint": asdict(fingerprint(decode(data, Limits()).picture))})


def confine(memory_bytes: int, cpu_seconds: int) -> None:
    """Give up what a picture never needs: memory, time, big files, many files, being first in line."""
    limits = {
        resource.RLIMIT_AS: memory_bytes,
        resource.RLIMIT_CPU: cpu_seconds,
        resource.RLIMIT_FSIZE: FILE_BYTES,
        resource.RLIMIT_NOFILE: OPEN_FILES,
        resource.RLIMIT_CORE: 0,
    }
    for limit, wanted in limits.items():
        most = resource.getrlimit(limit)[1]
        value = wanted if most == resource.RLIM_INFINITY else min(wanted, most)
        resource.setrlimit(limit, (value, value))
    os.nice(10)


def read_options(given: Mapping[str, Any]) -> Options:
    """The options as JSON has them: `secret` in base64, `limits` an object with what differs from the defaults.

    `signing` is absent where nothing is signed.
    """
    return Options(
        marks=given["marks"],
        engine=given["engine"],
        strength=given["strength"],
        secret=base64.b64decode(given["secret"], validate=True),
        limits=Limits(**given.get("limits", {})),
        signing=Signing(**given["signing"]) if given.get("signing") else None,
        focus=(float(given.get("focus", (0, 0))[0]), float(given.get("focus", (0, 0))[1])),
        others=bool(given.get("others", True)),
        climb=_climb(given["climb"]) if given.get("climb") else None,
    )


def _climb(given: Mapping[str, Any]) -> Climb:
    return Climb(tuple(given["encoders"]), float(given["seconds"]))


def write(prepared: Prepared, folder: Path) -> dict[str, object]:
    """Write each rendition under its size and the suffix of its type, and describe the whole."""
    return {
        "width": prepared.width,
        "height": prepared.height,
        "blurhash": prepared.blurhash,
        "fingerprint": asdict(prepared.fingerprint),
        "renditions": [_written(rendition, folder) for rendition in prepared.renditions],
        "report": prepared.report.as_dict(),
    }


def _written(rendition: Rendition, folder: Path) -> dict[str, object]:
    file = f"{rendition.name.partition('.')[0]}.{SUFFIXES[rendition.media_type]}"
    (folder / file).write_bytes(rendition.data)
    return {
        "name": rendition.name,
        "media_type": rendition.media_type,
        "width": rendition.width,
        "height": rendition.height,
        "bytes": len(rendition.data),
        "sha256": rendition.sha256,
        "file": file,
    }


def _read(source: Path, limits: Limits) -> bytes:
    if source.stat().st_size > limits.bytes:
        raise TooLarge("bytes", too_many_bytes(limits))
    return source.read_bytes()


def _progress(step: str, percent: int) -> None:
    say({"step": step, "percent": percent})


def say(line: Mapping[str, object]) -> None:
    """One JSON object on a line of its own, at once."""
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
