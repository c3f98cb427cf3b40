"""Real servers for the whole run, and for each test gateways with a database of their own."""

import asyncio
import itertools
from collections.abc import Generator, Iterator

import asyncpg
import pytest

from . import servers
from .gateways import Gateway, bus, gateways

_numbers = itertools.count()


@pytest.fixture(scope="session")
def nats() -> Iterator[servers.Server]:
    """A broker that runs; a test that ends it starts it again."""
    try:
        with servers.nats() as server:
            yield server
    except servers.MissingServer as error:
        pytest.skip(str(error))


@pytest.fixture(scope="session")
def postgres() -> Iterator[servers.Postgres]:
    """A database server that runs; a test that ends it starts it again."""
    try:
        with servers.postgres() as server:
            yield server
    except servers.MissingServer as error:
        pytest.skip(str(error))


@pytest.fixture
def database(postgres: servers.Postgres) -> Iterator[str]:
    """The URL of an empty database, which is there for one test: a server that was killed reads all that it has."""
    name = f"test{next(_numbers)}"

    async def run(*statements: str) -> None:
        connection = await asyncpg.connect(postgres.url("postgres"))
        for statement in statements:
            await connection.execute(statement)
        await connection.close()

    asyncio.run(run(f"CREATE DATABASE {name}", "CHECKPOINT"))
    yield postgres.url(name)
    asyncio.run(run(f"DROP DATABASE {name} WITH (FORCE)"))


@pytest.fixture
def three(nats: servers.Server, database: str) -> Iterator[list[Gateway]]:
    """Three gateways that run."""
    with gateways(database, bus(nats)) as made:
        yield made


@pytest.fixture
def timed(nats: servers.Server, database: str) -> Iterator[list[Gateway]]:
    """Three gateways that run, each with a clock of its own."""
    with gateways(database, bus(nats), clocks=True) as made:
        yield made


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A failure comes with what the gateways have logged."""
    report = yield
    if report.failed:
        given = getattr(item, "funcargs", {})
        made: list[Gateway] = given.get("three", given.get("timed", []))
        report.sections += [(f"log of gateway {number}", gateway.log) for number, gateway in enumerate(made)]
    return report
