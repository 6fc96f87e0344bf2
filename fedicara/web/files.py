"""What was done to the files of a work, for its artist alone."""

from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response

from fedicara.actions import processing
from fedicara.web.session import person, server_of, signed_in
from fedicara.web.templates import page
from fedicara.web.works import readable

FORMATS: Final = {
    "image/jpeg": "JPEG",
    "image/png": "PNG",
    "image/webp": "WebP",
    "image/avif": "AVIF",
    "image/gif": "GIF",
}
SIZES: Final = {
    "large": "Large",
    "screen": "Screen",
    "preview": "Preview",
    "small": "Small",
    "card": "Card beside links",
}
WRITTEN: Final = {
    "dc:creator": "Creator",
    "dc:rights": "Rights",
    "cc:license": "Licence",
    "plus:DataMining": "Use by AI",
    "Iptc4xmpExt:DigitalSourceType": "How it was made",
    "xmpRights:WebStatement": "Where to ask",
}


@signed_in
async def shown(request: Request) -> Response:
    """GET /@NAME/ID/files."""
    server, number = server_of(request), request.path_params["id"]
    reports = await processing.of_work(server, person(request), number)
    found = await readable(request)
    pictures = {str(picture.id): picture for picture in found.pictures}
    files = [(pictures.get(report["id"]), report, _rows(report), _written(report)) for report in reports]
    return page(request, "files.html", {"work": found, "files": files, "formats": FORMATS})


def _rows(report: dict[str, Any]) -> list[tuple[str, list[dict[str, Any]]]]:
    """The files that were made, by size in words."""
    rows: dict[str, list[dict[str, Any]]] = {}
    for made in report["made"]:
        rows.setdefault(SIZES.get(made["rendition"].partition(".")[0], made["rendition"]), []).append(made)
    return list(rows.items())


def _written(report: dict[str, Any]) -> list[tuple[str, str]]:
    """What stands in every file, in words; of a code of some vocabulary its last word."""
    found = []
    for name, words in WRITTEN.items():
        value = report["written"].get(name)
        text = ", ".join(value) if isinstance(value, list) else str(value or "")
        if text:
            found.append((words, text.rpartition("/")[2] if name.startswith(("plus:", "Iptc")) else text))
    return found
