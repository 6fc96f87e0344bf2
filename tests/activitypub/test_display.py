"""Names as they may be shown."""

import pytest

from activitypub.actors import parse
from activitypub.display import shown_name


@pytest.mark.threat("DISC-04")
@pytest.mark.parametrize(
    ("stated", "shown"),
    [
        ("Ada \u202eelpmaxe\u202c Example", "Ada elpmaxe Example"),
        ("a\u200bd\u200dm\u2060i\ufeffn\u00ad", "admin"),
        ("\u2066Ada\u2069 \u200f\u061c", "Ada"),
        ("\u3164\u115f\U000e0041", ""),
        ("Ada\u2028 \t Example", "Ada Example"),
        ("فارسی\u200cها", "فارسیها"),
        (
            "\U0001f469\u200d\U0001f3a8 Ada \u2764\ufe0f\u200d\U0001f525",
            "\U0001f469\u200d\U0001f3a8 Ada \u2764\ufe0f\u200d\U0001f525",
        ),
        ("Zoë Müller 王", "Zoë Müller 王"),
    ],
)
def test_a_name_turns_no_text_around_and_hides_nothing(stated: str, shown: str) -> None:
    assert shown_name(stated) == shown
    document = {
        "id": "https://a.example/1",
        "type": "Person",
        "inbox": "https://a.example/in",
        "name": stated,
    }
    assert parse(document).name == shown
