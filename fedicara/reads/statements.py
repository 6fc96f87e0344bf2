"""What our surfaces say of works of other servers: the stricter of what they state and of our default (P-033)."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final

import orjson

from fedicara.models.database import Row
from fedicara.server import Server
from policies.policy import Policy
from policies.statements import (
    REMOTE_DEFAULT,
    Statement,
    from_fields,
    nearest,
    restated,
    strictest,
)

LOCAL, ORIGIN, DEFAULT = "local", "origin", "default"
_DEFAULT: Final = "SELECT field, value FROM remote_default"


async def look(server: Server) -> None:
    """Take over what an admin chose, at most once a second. Plan: the whole table, four rows."""
    server.silent.update(await server.recently(("remote default",), lambda: _chosen(server)))


async def _chosen(server: Server) -> Mapping[str, str]:
    rows = await server.database.rows(_DEFAULT)
    return {**REMOTE_DEFAULT, **{row["field"]: row["value"] for row in rows}}


def policy_of(server: Server, row: Row, *, public: bool) -> tuple[Policy, str]:
    """What we say of a remote work, and whether its origin said anything; from its row, without another read."""
    said = _said(_text(row["policy"]), "{}", _text(row["actor_policy"]))
    return _restated(said, server, indexable=bool(row["indexable"]), public=public)


def picture_policy(server: Server, row: Row, stated: Any, *, public: bool) -> tuple[Policy, str]:
    """The same of one picture, which may say something else than its work (P-030)."""
    said = _said(_text(row["policy"]), _text(stated), _text(row["actor_policy"]), of_picture=True)
    return _restated(said, server, indexable=bool(row["indexable"]), public=public)


def _restated(said: Statement, server: Server, *, indexable: bool, public: bool) -> tuple[Policy, str]:
    chosen = tuple(server.silent.items())
    return _made(said, chosen, indexable, public), ORIGIN if said else DEFAULT


@lru_cache(4_096)
def _made(said: Statement, chosen: tuple[tuple[str, str], ...], indexable: bool, public: bool) -> Policy:
    return restated(said, dict(chosen), indexable=indexable, public=public)


@lru_cache(4_096)
def _said(work: str, picture: str, actor: str, *, of_picture: bool = False) -> Statement:
    """The nearest statement of the documents, then the strictest of all carriers (P-030, P-031)."""
    of_work, own, author = (orjson.loads(each) for each in (work, picture, actor))
    near = nearest(
        *(_of(each, name) for each, name in ((own, "stated"), (of_work, "stated"), (author, "stated"))),
        _of(author, "server"),
    )
    carried = _of(own, "carried") if of_picture else _of(of_work, "pictures")
    return strictest([near, _of(of_work, "carried"), carried])


def _of(stored: Mapping[str, Mapping[str, str]], name: str) -> Statement:
    return from_fields(stored.get(name) or {})


def _text(value: Any) -> str:
    """JSON as text, as either database hands it out."""
    return value if isinstance(value, str) else orjson.dumps(value).decode()
