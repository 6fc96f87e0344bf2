"""Who may do what with a post, in the words of several kinds of software."""

import pytest

from activitypub import interactions
from activitypub.interactions import Rule
from activitypub.names import PUBLIC

BOB = "https://b.example/u/bob"
FANS = f"{BOB}/followers"


@pytest.mark.rule("F-250")
def test_what_is_promised_is_written_as_lists_and_nobody_is_left_out_silently() -> None:
    rules = {"canQuote": Rule((BOB,), (PUBLIC,)), "canLike": Rule((FANS,))}
    stated = interactions.render(rules)
    assert stated["canQuote"] == {"automaticApproval": [BOB], "manualApproval": [PUBLIC]}
    assert stated["canLike"] == {"automaticApproval": [FANS]}
    assert interactions.read(stated) == rules


@pytest.mark.rule("F-253")
def test_older_words_are_understood_and_one_entry_needs_no_list() -> None:
    stated = {
        "canReply": {"always": FANS, "approvalRequired": ["as:Public"]},
        "canAnnounce": {"always": [], "approvalRequired": []},
        "canDance": {"always": [PUBLIC]},
    }
    assert interactions.read(stated) == {"canReply": Rule((FANS,), (PUBLIC,)), "canAnnounce": Rule()}


@pytest.mark.parametrize("odd", [None, 7, "x", [], {"canLike": "all"}, {"canReply": [1]}])
def test_odd_policies_say_nothing(odd: object) -> None:
    assert interactions.read(odd) == {}
