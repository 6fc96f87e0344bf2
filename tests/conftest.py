"""What every test may ask for: a database of either kind, islands, and what is skipped when a part is missing."""

import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from tortoise.backends.base.executor import EXECUTOR_CACHE
from xdist.workermanage import NodeManager

from tests import sqlite
from tests.postgres import Cluster, MissingError
from tests.seaweed import Seaweed

# A process of tests writes its coverage when it ends, which is lost where it is not given the time.
NodeManager.EXIT_TIMEOUT = 180

# A busy machine must not turn a slow example into a failure.
settings.register_profile("fedicara", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("fedicara")

DATABASES = ("sqlite", "postgres")


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--full` runs the tests marked slow as well."""
    parser.addoption("--full", action="store_true", help="run the slow tests too")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Skip slow tests unless asked for; refuse markers whose ids are not texts."""
    for item in items:
        if "slow" in item.keywords and not config.getoption("--full"):
            item.add_marker(pytest.mark.skip(reason="slow; run with --full"))
        if "sqlite_first" in item.keywords and _on_postgres(item) and not config.getoption("--full"):
            item.add_marker(pytest.mark.skip(reason="on PostgreSQL with --full"))
        for name in ("rule", "threat"):
            _check_ids(item, name)


def _on_postgres(item: pytest.Item) -> bool:
    spec = getattr(item, "callspec", None)
    return spec is not None and spec.params.get("database_kind") == "postgres"


def _check_ids(item: pytest.Item, name: str) -> None:
    for mark in item.iter_markers(name):
        if not mark.args or mark.kwargs or not all(isinstance(each, str) for each in mark.args):
            raise pytest.UsageError(f'{item.nodeid}: @pytest.mark.{name} takes ids, as in "F-323"')


def missing(reason: str) -> None:
    """Skip because a part is missing, or fail where every part is required."""
    if os.environ.get("FEDICARA_REQUIRE") == "1":
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """The server runs on asyncio."""
    return "asyncio"


@pytest.fixture(autouse=True)
def forgotten_statements() -> None:
    """The ORM keeps INSERT statements by connection name alone; the next test may run on another kind of database."""
    EXECUTOR_CACHE.clear()


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """The PostgreSQL server of this run."""
    try:
        server = Cluster()
    except MissingError as reason:
        missing(str(reason))
    try:
        server.start()
        yield server
    finally:
        server.stop()


@pytest.fixture(scope="session")
def seaweed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Seaweed]:
    """The S3 service of this run."""
    if not Seaweed.is_there():
        missing("SeaweedFS is not installed: .ci/environment dev")
    service = Seaweed(tmp_path_factory.mktemp("seaweed"))
    try:
        service.start()
        yield service
    finally:
        service.stop()


@pytest.fixture(params=DATABASES)
def database_kind(request: pytest.FixtureRequest) -> str:
    """Every test that asks for a database runs once on each kind."""
    kind: str = request.param
    if kind == "postgres":
        request.getfixturevalue("cluster")
    return kind


@pytest.fixture
async def database_url(
    database_kind: str, request: pytest.FixtureRequest, tmp_path: Path
) -> AsyncIterator[str]:
    """The address of a new database without rows."""
    if database_kind == "sqlite":
        yield sqlite.fresh(f"sqlite://{tmp_path / 'test.db'}")
        return
    server: Cluster = request.getfixturevalue("cluster")
    url = await server.fresh()
    yield url
    await server.drop(url)
