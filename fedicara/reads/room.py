"""How many bytes pictures take: those of one person (by `pictures_actor`), and all (a look at two whole tables, now and then)."""

from fedicara.models.database import Database

_OF_ONE = """
SELECT COALESCE((SELECT SUM(o.bytes) FROM (
    SELECT MAX(original_bytes) AS bytes FROM pictures
    WHERE actor_id = $1 AND original <> '' AND state <> 'failed' GROUP BY original) o), 0)
  + COALESCE((SELECT SUM(r.bytes) FROM renditions r JOIN pictures p ON p.id = r.picture_id WHERE p.actor_id = $1), 0)
  AS bytes"""
_OF_ALL = """
SELECT COALESCE((SELECT SUM(o.bytes) FROM (
    SELECT MAX(original_bytes) AS bytes FROM pictures
    WHERE original <> '' AND state <> 'failed' GROUP BY original) o), 0)
  + COALESCE((SELECT SUM(bytes) FROM renditions), 0) AS bytes"""


async def used_by(database: Database, actor_id: int) -> int:
    """Bytes of somebody's originals, each counted once, and of their sizes."""
    row = await database.row(_OF_ONE, actor_id)
    return int(row["bytes"]) if row else 0


async def used(database: Database) -> int:
    """Bytes of all originals and sizes made here."""
    row = await database.row(_OF_ALL)
    return int(row["bytes"]) if row else 0
