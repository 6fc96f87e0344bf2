"""The dictionary reader, beside a reader that nobody here wrote."""

from typing import Any

import http_sf
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from policies.errors import PolicyError
from policies.structured import dictionary

PIECES = (
    *(
        "train-ai",
        "search",
        "*k_1.x",
        "Search",
        "=",
        "=y",
        "=n",
        "?1",
        "?2",
        ",",
        ", ",
        "\t,",
        ";",
        "; ",
        " ",
        "(",
        ")",
    ),
    *(
        '"n"',
        '"a\\"b"',
        '"\\n"',
        '"',
        "1",
        "-12",
        "1.5",
        "1.",
        "12345678901234567",
        "1.2345",
        "@1700000000",
        "@1.5",
    ),
    *(
        ":aGk=:",
        ":aGk:",
        ":a:",
        ":=a:",
        "::",
        '%"f%c3%bc"',
        '%"%ff"',
        '%"%C3"',
        "Token/1:2",
        "*t",
        "ü",
        "\n",
        "\0",
    ),
)


def as_others_read(text: str) -> dict[str, str | None]:
    read: Any = http_sf.parse(text.encode(), tltype="dictionary")
    return {
        key: str(value[0]) if isinstance(value[0], http_sf.Token) else None for key, value in read.items()
    }


@pytest.mark.rule("P-030")
@given(st.lists(st.sampled_from(PIECES), max_size=9).map("".join) | st.text(max_size=40))
@example("train-ai=n, search=y")
@example("train-ai=n, train-ai=y")
@example("train-ai=n; search=y, b=(1 tok;a=1);q")
@example("a, b;x=?0, c=(), d=( 1 )")
@example("a=(1(2))")
@example("a=:YR:")
@example('a=%"f%c3%bc"')
@example('a=%"%ff"')
@example("a=:AB=C:")
@example("a=(1 2;b 3)")
@example("a=(1;b(2))")
def test_a_dictionary_is_read_as_another_reader_reads_it(text: str) -> None:
    try:
        expected = as_others_read(text)
    except (http_sf.StructuredFieldError, ValueError):
        with pytest.raises(PolicyError):
            dictionary(text)
    else:
        assert dictionary(text) == expected
