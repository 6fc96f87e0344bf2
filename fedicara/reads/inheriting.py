"""How many published works take a field of their policy from above: from their artist, or from the place."""

from collections.abc import Sequence

from fedicara.server import Server

# Keys stand quoted in the text of JSON on both databases, and no value is spelled like a field.
_UNSET = "CAST({table}.policy AS TEXT) NOT LIKE '%\"{field}\"%'"


async def from_place(server: Server, fields: Sequence[str]) -> int:
    """Works that have at least one of the fields from the place. Plan: local works are read once, by who asks rarely."""
    return await _count(server, [f"{_unset('w', each)} AND {_unset('a', each)}" for each in fields])


async def from_artist(server: Server, fields: Sequence[str], actor_id: int) -> int:
    """Works of one artist that have at least one of the fields from the account. Plan: `works_actor`."""
    return await _count(server, [_unset("w", each) for each in fields], actor_id)


def _unset(table: str, field: str) -> str:
    return _UNSET.format(table=table, field=field)


async def _count(server: Server, conditions: Sequence[str], actor_id: int | None = None) -> int:
    if not conditions:
        return 0
    whose = "" if actor_id is None else "AND w.actor_id = $1"
    row = await server.database.row(
        f"SELECT count(*) AS n FROM works w JOIN actors a ON a.id = w.actor_id WHERE a.domain = '' {whose} "  # noqa: S608  (fields are names of ours)
        f"AND w.state = 'published' AND ({' OR '.join(f'({each})' for each in conditions)})",
        *([] if actor_id is None else [actor_id]),
    )
    return int(row["n"]) if row else 0
