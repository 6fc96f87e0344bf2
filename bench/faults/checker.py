"""What must hold after every run, whatever happened in it."""

from fedicara.server import Server

_MUST_BE_EMPTY = {
    "works without their Create": """
        SELECT w.id FROM works w JOIN actors a ON a.id = w.actor_id WHERE a.domain = '' AND w.state = 'published'
        AND w.visibility <> 'local' AND NOT EXISTS (SELECT 1 FROM activities c WHERE c.id = w.id AND c.type = 'Create')""",
    "Creates without their work": """
        SELECT c.id FROM activities c WHERE c.type = 'Create' AND NOT EXISTS (SELECT 1 FROM works w WHERE w.id = c.id)""",
    "deliveries of nothing": """
        SELECT id FROM jobs WHERE kind = 'deliver' AND buried = FALSE AND payload IS NULL""",
    "likes kept twice": "SELECT work_id FROM likes GROUP BY work_id, actor_id HAVING count(*) > 1",
    "follows kept twice": "SELECT followed_id FROM follows GROUP BY followed_id, follower_id HAVING count(*) > 1",
    "activities kept twice": "SELECT uri FROM inbound GROUP BY uri HAVING count(*) > 1",
    "works kept twice": "SELECT uri FROM works GROUP BY uri HAVING count(*) > 1",
    "jobs given up": "SELECT id FROM jobs WHERE buried = TRUE",
}


async def violations(server: Server, *, given_up: int = 0) -> list[str]:
    """What does not hold; empty when all is well."""
    found = []
    for what, sql in _MUST_BE_EMPTY.items():
        count = len(await server.database.rows(sql))
        if count != (given_up if what == "jobs given up" else 0):
            found.append(f"{count} {what}")
    if server.database.is_sqlite:
        for pragma, good in (("integrity_check", ["ok"]), ("foreign_key_check", [])):
            said = [row[0] for row in await server.database.rows(f"PRAGMA {pragma}")]
            if said != good:
                found.append(f"{pragma}: {said[:3]}")
    return found
