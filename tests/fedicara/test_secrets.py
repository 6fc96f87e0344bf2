"""Secrets stay out of every answer and of the log, whatever goes wrong (AUD-16)."""

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from io import StringIO
from pathlib import Path

import httpx
import pytest
import structlog

from activitypub import cavage, keys
from fedicara.actions import authentication
from fedicara.actions.kinds import kinds
from fedicara.app import create
from fedicara.cli import logs
from fedicara.jobs.lease import LeaseTable
from fedicara.jobs.worker import Worker
from fedicara.models import Actor, Key
from fedicara.server import Server
from tests.fedicara.rooms import PASSWORD, person, room
from tests.fedicara.web.forms import token_in

pytestmark = pytest.mark.anyio
WORDS = "only between the two of us"
WRONG = "wr0ng-horse-battery"
BEARER = "dG9rZW4tdGhhdC1ub2JvZHktaGFz"
REMOTE = "https://good.example/users/bea"


@contextmanager
def log_of_the_run(monkeypatch: pytest.MonkeyPatch) -> Iterator[StringIO]:
    """All that `serve` would write."""
    kept = StringIO()
    monkeypatch.setattr("sys.stderr", kept)
    handler = logging.StreamHandler(kept)
    logging.getLogger().addHandler(handler)
    logs.to_stderr(logging.INFO)
    try:
        yield kept
    finally:
        logging.getLogger().removeHandler(handler)
        structlog.reset_defaults()


@pytest.mark.threat("AUD-16")
async def test_no_secret_is_in_an_answer_or_in_the_log(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with log_of_the_run(monkeypatch) as log:
        async with room(database_url, tmp_path) as server:
            viewer = await person(server, "ada")
            token = await authentication.make_token(server, viewer.account, "read write")
            private, public = keys.generate_rsa()
            sender = await Actor.create(
                uri=REMOTE, username="bea", domain="good.example", fetched=server.now()
            )
            await Key.create(actor=sender, uri=f"{REMOTE}#main-key", public=public)
            transport = httpx.ASGITransport(create(server), raise_app_exceptions=False)
            answers = await provoke(server, transport, token, private)
        said = log.getvalue()
    statuses = {answer.status_code for answer in answers}
    assert statuses == {202, 401, 422, 500, 503}, [(str(each.url), each.status_code) for each in answers]
    stored = viewer.account.password_hash
    inside = "".join(private.splitlines()[1:-1])[:60]
    for secret in (
        token,
        BEARER,
        PASSWORD,
        WRONG,
        WORDS,
        inside,
        private[40:80],
        stored,
        server.secret.hex(),
    ):
        assert secret not in said, secret
        for answer in answers:
            assert secret not in answer.text, (secret, answer.url)
    assert "job failed" in said, "the log is the one that is searched"


async def provoke(
    server: Server, transport: httpx.AsyncBaseTransport, token: str, private: str
) -> list[httpx.Response]:
    """Everything that goes wrong with something in it that nobody else may know."""
    answers = []
    async with httpx.AsyncClient(transport=transport, base_url="https://art.example") as client:
        mine = {"Authorization": f"Bearer {token}"}
        text = f"{WORDS} {private}"
        answers += [
            await client.get("/api/v1/timelines/home", headers={"Authorization": f"Bearer {BEARER}"}),
            await client.post("/api/v1/statuses", headers=mine, json={"status": text * 20}),
            await client.post("/api/v1/statuses", headers=mine, json={"status": WORDS, "visibility": WORDS}),
            await client.post(
                "/api/v1/statuses", headers=mine, json={"status": WORDS, "in_reply_to_id": text}
            ),
            await sign_in(client, WRONG),
            await sign_in(client, "x" * 2000),
            await deliver(client, text, keys.generate_rsa()[0]),
            await deliver(client, text, private),
        ]
        for table in ("works", "sessions"):
            await server.database.execute(f"ALTER TABLE {table} RENAME TO gone_{table}")
        answers += [
            await client.post("/api/v1/statuses", headers=mine, json={"status": text}),
            await sign_in(client, PASSWORD),
        ]
        await Worker(server, LeaseTable(server), kinds(server)).drain()
    return answers


async def sign_in(client: httpx.AsyncClient, password: str) -> httpx.Response:
    page = await client.get("/sign-in")
    fields = {"_token": token_in(page.text), "username": "ada", "password": password}
    return await client.post("/sign-in", data=fields)


async def deliver(client: httpx.AsyncClient, text: str, private: str) -> httpx.Response:
    note = {"id": f"{REMOTE}/1", "type": "Note", "attributedTo": REMOTE, "content": text, "to": [REMOTE]}
    stated = {"id": f"{REMOTE}/a", "type": "Create", "actor": REMOTE, "object": note}
    body = json.dumps(stated).encode()
    key = keys.load_private(private)
    signed = cavage.sign("POST", "https://art.example/inbox", {}, body, f"{REMOTE}#main-key", key)  # type: ignore[arg-type]
    headers = {"Content-Type": "application/activity+json", **signed}
    return await client.post("/inbox", content=body, headers=headers)
