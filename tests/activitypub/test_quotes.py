"""Requests to quote, answers and approvals."""

from typing import Any

import pytest

from activitypub import quotes
from activitypub.document import Document
from activitypub.errors import MalformedDocument

ADA, BOB = "https://art.example/actors/1", "https://b.example/u/bob"
WORK, POST = "https://art.example/objects/2", "https://b.example/n/3"
APPROVAL = "https://art.example/approvals/4"
REQUEST = {
    "id": "https://b.example/q/5",
    "type": "QuoteRequest",
    "actor": BOB,
    "object": WORK,
    "instrument": {"id": POST, "type": "Note"},
}


@pytest.mark.rule("F-218", "F-244")
def test_a_request_is_answered_with_itself_inside_and_an_approval_as_result() -> None:
    asked = quotes.read_request(REQUEST)
    yes = quotes.accept(ADA, asked, "https://art.example/activities/6", APPROVAL)
    no = quotes.reject(ADA, asked, "https://art.example/activities/7")
    assert (yes["type"], yes["result"], no["type"]) == ("Accept", APPROVAL, "Reject")
    assert yes["object"] == no["object"] == REQUEST | {"instrument": POST}
    assert yes["to"] == [BOB]
    assert "result" not in no


@pytest.mark.parametrize("missing", ["id", "actor", "object", "instrument"])
def test_a_request_without_a_part_is_none(missing: str) -> None:
    with pytest.raises(MalformedDocument):
        quotes.read_request({name: value for name, value in REQUEST.items() if name != missing})


@pytest.mark.rule("F-252")
@pytest.mark.parametrize("name", ["quote", "quoteUrl", "quoteUri", "_misskey_quote"])
def test_what_is_quoted_is_read_in_every_spelling(name: str) -> None:
    assert quotes.quoted_by({name: WORK}) == WORK
    assert quotes.quoted_by({name: 7}) is None


@pytest.mark.rule("F-252")
@pytest.mark.threat("MOD-07")
@pytest.mark.parametrize(
    "forged",
    [
        {"attributedTo": BOB},
        {"interactingObject": "https://b.example/n/9"},
        {"interactionTarget": "https://art.example/objects/9"},
        {"type": "Note"},
        {"id": "https://b.example/approvals/4"},
        {"id": None},
    ],
)
def test_an_approval_counts_for_its_author_its_quote_and_its_work_alone(forged: dict[str, Any]) -> None:
    stated: Document = quotes.authorization(APPROVAL, ADA, POST, WORK)
    assert quotes.approves(stated, ADA, POST, WORK)
    assert not quotes.approves(stated | forged, ADA, POST, WORK)
