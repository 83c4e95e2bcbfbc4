"""A read takes as many statements for thirty things as for one; the table says how many, and does not grow."""

from __future__ import annotations

from interlinkers.registry.tests.calling import Registry

from interlinker_shared.testing_reads import Readers

STATEMENTS = {
    "/catalogue": 2,
    "/catalogue/view": 2,
    "/catalogue/{service}": 2,
    "/instances": 3,
    "/instances/{instance_id}": 1,
    "/service-keys": 2,
}


async def test_thirty_take_as_many_statements_as_one(registry: Registry) -> None:
    await registry.register("forum-main")
    readers = Readers(registry.app, registry.client, service=["forum"], instance_id=["forum-main"])
    few = await readers.statements()
    for number in range(30):
        await registry.register(f"forum{chr(97 + number % 26)}{chr(97 + number // 26)}-main")
        await registry.register(f"forum-{number}")
    assert few == await readers.statements() == STATEMENTS
