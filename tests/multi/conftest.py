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
def database(postgres: servers.Postgres) -> str:
    """The URL of an empty database."""
    name = f"test{next(_numbers)}"

    async def make() -> None:
        connection = await asyncpg.connect(postgres.url("postgres"))
        await connection.execute(f"CREATE DATABASE {name}")
        await connection.execute("CHECKPOINT")  # so that a server that was killed is back soon
        await connection.close()

    asyncio.run(make())
    return postgres.url(name)


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
