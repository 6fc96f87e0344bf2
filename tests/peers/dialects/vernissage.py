"""Vernissage: photographs with their exposure, place and category (F-410)."""

from tests.peers.dialects.dialect import Dialect, Shown
from tests.stranger import Document


class Vernissage(Dialect):
    """Every picture says how it was taken."""

    HOST = "vernissage.example"
    SHOWN = Shown(alts=("Mud flats", "Rope"), tags=("tide",))

    def post(self) -> Document:
        exif = {"fNumber": "f/8", "exposureTime": "1/250", "make": "Anon", "photographicSensitivity": "200"}
        place = {
            "type": "Place",
            "name": "Büsum",
            "addressCountry": "DE",
            "latitude": 54.13,
            "longitude": 8.86,
        }
        first = self.picture(type="Image", width=800, height=600, exif=exif, location=place)
        return super().post() | {
            "sensitive": False,
            "attachment": [first, {**first, "url": f"{self.origin}/media/2.png", "name": "Rope"}],
            "tag": [
                {"type": "Hashtag", "href": f"{self.origin}/tags/tide", "name": "#tide"},
                {"type": "Category", "href": f"{self.origin}/categories/landscape", "name": "Landscape"},
            ],
        }
