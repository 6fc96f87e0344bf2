"""The vocabulary of media, and what is read of what others state."""

import re
from typing import Any

import pytest

from activitypub import mediums


@pytest.mark.rule("F-072", "F-421")
def test_every_key_is_one_plain_word_of_one_group() -> None:
    assert all(re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", key) for key in mediums.MEDIUMS)
    assert sum(map(len, mediums.GROUPS.values())) == len(mediums.MEDIUMS)
    assert {"gouache", "ink"} <= set(mediums.MEDIUMS)


@pytest.mark.rule("F-072")
@pytest.mark.parametrize(
    ("stated", "read"),
    [
        ("ink", ("ink",)),
        (["ink", "gouache", "ink"], ("ink", "gouache")),
        (["telepathy", 7, None, {"id": "ink"}, ["ink"], "oil"], ("oil",)),
        (None, ()),
        (list(mediums.MEDIUMS), tuple(mediums.MEDIUMS)[: mediums.MOST]),
    ],
)
def test_keys_are_read_and_everything_else_counts_as_absent(stated: Any, read: tuple[str, ...]) -> None:
    assert mediums.read(stated) == read


@pytest.mark.parametrize(("keys", "answer"), [((), None), (("oil",), False), (("ink", "photography"), True)])
def test_a_photograph_is_told_from_other_works_where_the_media_are_known(
    keys: tuple[str, ...], answer: bool | None
) -> None:
    assert mediums.is_photographic(keys) is answer
