"""Migrations make the tables that the models describe."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tortoise.utils import get_schema_sql

from fedicara.models.database import Database, open_database
from fedicara.server import Server
from tests.fedicara.rooms import local
from tests.postgres import Cluster

pytestmark = pytest.mark.anyio

SQLITE_COLUMNS = """
SELECT m.name AS tab, c.name AS col, upper(c.type) AS type, c."notnull" AS required, c.dflt_value AS fallback, c.pk AS pk
FROM sqlite_master m JOIN pragma_table_info(m.name) c WHERE m.type = 'table' AND m.name NOT LIKE 'tortoise%' AND m.name NOT LIKE 'sqlite%'"""
SQLITE_INDEXES = """
SELECT m.name AS tab, i."unique" AS single, group_concat(c.name) AS cols,
  CASE WHEN i.origin = 'c' AND i."unique" = 0 THEN i.name ELSE '' END AS name
FROM sqlite_master m JOIN pragma_index_list(m.name) i JOIN pragma_index_info(i.name) c
WHERE m.type = 'table' AND m.name NOT LIKE 'tortoise%' AND m.name NOT LIKE 'sqlite%' GROUP BY m.name, i.name"""
SQLITE_KEYS = """
SELECT m.name AS tab, k."from" AS col, k."table" AS target, k.on_delete AS rule
FROM sqlite_master m JOIN pragma_foreign_key_list(m.name) k WHERE m.type = 'table'"""
POSTGRES_COLUMNS = """
SELECT table_name AS tab, column_name AS col, data_type AS type, character_maximum_length AS most,
  is_nullable AS required, column_default AS fallback
FROM information_schema.columns WHERE table_schema = 'public' AND table_name NOT LIKE 'tortoise%'"""
POSTGRES_INDEXES = r"""
SELECT tablename AS tab, regexp_replace(indexdef, '^CREATE (UNIQUE )?INDEX \S+ ON', '\1') AS def,
  CASE WHEN indexdef LIKE 'CREATE INDEX%' THEN indexname ELSE '' END AS name
FROM pg_indexes WHERE schemaname = 'public' AND tablename NOT LIKE 'tortoise%'"""
POSTGRES_KEYS = r"""
SELECT conrelid::regclass::text AS tab, pg_get_constraintdef(oid) AS def
FROM pg_constraint WHERE contype = 'f'"""


async def shape(database: Database) -> set[tuple[str, ...]]:
    """Tables, columns, indexes and references, in words that can be compared."""
    questions = (
        (SQLITE_COLUMNS, SQLITE_INDEXES, SQLITE_KEYS)
        if database.is_sqlite
        else (POSTGRES_COLUMNS, POSTGRES_INDEXES, POSTGRES_KEYS)
    )
    return {tuple(map(str, dict(row).values())) for sql in questions for row in await database.execute(sql)}


@pytest.fixture
async def empty_url(database_kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[str]:
    """A database without any table."""
    if database_kind == "sqlite":
        yield f"sqlite://{tmp_path / 'empty.db'}"
        return
    cluster: Cluster = request.getfixturevalue("cluster")
    await cluster._statement("CREATE DATABASE empty")
    yield cluster.url("empty")
    await cluster.drop(cluster.url("empty"))


async def test_a_migrated_database_is_what_the_models_describe(server: Server, empty_url: str) -> None:
    described = await open_database(empty_url)
    try:
        with described.bound():
            await described.connection.execute_script(get_schema_sql(described.connection, safe=False))
            wanted = await shape(described)
    finally:
        await described.close()
    found = await shape(server.database)
    assert {row[0] for row in wanted} >= {"actors", "works", "jobs"}
    assert found - wanted == set()
    assert wanted - found == set()


async def test_migrating_again_changes_nothing_and_keeps_every_row(server: Server) -> None:
    actor = await local(server, "ada")
    before = await shape(server.database)
    await server.database.migrate()
    assert await shape(server.database) == before
    assert await server.database.row("SELECT id FROM actors WHERE id = $1", actor.id) is not None
