"""What operators and their Prometheus see."""

import asyncio
import sqlite3

import httpx2
from prometheus_client.parser import text_string_to_metric_families

from uockam_host.cloud.database import StoreError
from uockam_host.cloud.monitor import Monitor

from .conftest import POST


async def get(address: str, path: str) -> httpx2.Response:
    async with httpx2.AsyncClient(trust_env=False) as client:
        return await client.get(f"http://{address}{path}")


async def metrics(address: str) -> "dict[str, float]":
    """The values of all that has no labels, by name."""
    answer = await get(address, "/metrics")
    families = text_string_to_metric_families(answer.text)
    samples = [sample for family in families for sample in family.samples]
    return {sample.name: sample.value for sample in samples if not sample.labels}


async def test_an_orchestrator_is_healthy_and_counts_what_it_has(running):
    async with running as cloud:
        health = await get(cloud.status.monitor, "/health")
        assert (health.status_code, health.json()) == (200, {"status": "ok", "database": "ok"})
        ada = await cloud.person()
        project = await cloud.project(ada)
        await project.channel(ada)
        seen = await metrics(cloud.status.monitor)
        assert (seen["uockam_projects"], seen["uockam_projects_open"], seen["uockam_channels"]) == (1, 1, 1)
        assert seen["uockam_relays"] == 0
        assert seen["uockam_connections"] >= 1
        assert seen["process_resident_memory_bytes"] > 0


async def test_requests_are_counted_by_service_and_status(running):
    async with running as cloud:
        await cloud.client().ask("auth0_authenticator", POST, "v0/enroll", {1: 0, 2: "forged"})
        text = (await get(cloud.status.monitor, "/metrics")).text
        assert 'uockam_requests_total{service="Enroller",status="401"}' in text


async def test_an_orchestrator_whose_database_is_ill_says_so(running):
    async with running as cloud:
        with sqlite3.connect(cloud.file) as connection:
            connection.execute("ALTER TABLE account RENAME TO elsewhere")
        connection.close()
        health = await get(cloud.status.monitor, "/health")
        assert health.status_code == 503
        assert "no such table" in health.json()["database"]
        assert health.json()["status"] == "failing"


async def test_a_part_that_hangs_is_no_reason_to_hang(monkeypatch):
    monkeypatch.setattr("uockam_host.cloud.monitor._CHECK_S", 0.01)

    async def fail() -> None:
        raise StoreError("gone")

    monitor = Monitor(list, {"one": asyncio.Event().wait, "two": fail}, "127.0.0.1:0")
    await monitor.start()
    try:
        health = await get(monitor.address, "/health")
        assert health.json() == {"status": "failing", "one": "no answer within 0.01 s", "two": "gone"}
        assert (await get(monitor.address, "/")).status_code == 404
    finally:
        await monitor.stop()
