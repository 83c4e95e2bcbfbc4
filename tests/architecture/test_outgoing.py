"""Whoever calls out goes through `outgoing` or `announced`, or calls an address that the operator named."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator

from tests.architecture.house import House, Module

Plant = Callable[[dict[str, str]], House]

# What opens connections, and the argument by which it is told where it may go.
CLIENTS = {
    "AsyncClient": "transport",
    "Client": "transport",
    "TCPConnector": "socket_factory",
    "ClientSession": "connector",
}
AT_ONCE = {"get", "post", "put", "patch", "delete", "request", "stream"}
LIBRARIES = {"httpx", "aiohttp"}
ELSEWHERE = {"requests", "urllib3", "urllib.request", "http.client", "niquests", "pycurl"}

OF_THE_OPERATOR = {
    "interlinker_shared.lease": "REGISTRY_URL",
    "interlinker_shared.services.following": "REGISTRY_URL",
    "interlinker_gateway.registry": "REGISTRY_URL",
    "interlinker_shared.cli.service": "this machine",
    "interlinker_shared.cli.running": "this machine",
    "interlinker_shared.cli.up": "this machine",
    "interlinker_shared.verify.command": "what the command line names",
    "interlinker_gateway.commands": "what the command line names",
    "interlinker_ideation.play_election.command": "what the command line names",
    "interlinker_shared.testing": "the application under test",
}


def unguarded(house: House) -> list[str]:
    """Places that open a connection without a word on where it may go."""
    modules = [module for one in house.distributions for module in one.modules if module.name not in OF_THE_OPERATOR]
    return [f"{module.where}:{line}: {what}" for module in modules for line, what in _calls(module)]


def _calls(module: Module) -> Iterator[tuple[int, str]]:
    yield from (
        (1, found.target) for found in module.imports if any(found.target.startswith(name) for name in ELSEWHERE)
    )
    for node in ast.walk(module.tree):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            continue
        if not isinstance(node.func.value, ast.Name) or node.func.value.id not in LIBRARIES:
            continue
        name, given = node.func.attr, {keyword.arg for keyword in node.keywords}
        if name in AT_ONCE or (name in CLIENTS and CLIENTS[name] not in given):
            yield node.lineno, f"{node.func.value.id}.{name}"


def test_every_client_is_told_where_it_may_go(house: House) -> None:
    assert unguarded(house) == []


def test_a_client_that_goes_anywhere_is_found(plant: Plant) -> None:
    planted = "import httpx\n\n\ndef fetch(url: str) -> None:\n    httpx.AsyncClient(timeout=3)\n    httpx.get(url)\n"
    house = plant({"interlinkers/forum/src/interlinker_forum/fetching.py": planted})
    assert [found.rpartition(": ")[2] for found in unguarded(house)] == ["httpx.AsyncClient", "httpx.get"]
