"""What `interlinkers up` and `join-tokens` hand to services, so that they can join."""

from __future__ import annotations

import configparser
from pathlib import Path

import pytest
from typer.testing import CliRunner

from interlinker_shared.cli.family import build
from interlinker_shared.cli.up import Service, write_supervisor_config
from interlinker_shared.clock import utc_now
from interlinker_shared.installed import installed
from interlinker_shared.services.join import read_join_token


@pytest.fixture(autouse=True)
def _nothing_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("REGISTRY_SECRET", raising=False)


def environments(config: Path) -> dict[str, dict[str, str]]:
    """What each program of supervisor's configuration is given."""
    parser = configparser.RawConfigParser()
    parser.read(config)
    programs = (name for name in parser.sections() if name.startswith("program:"))
    return {name.removeprefix("program:"): _pairs(parser.get(name, "environment")) for name in programs}


def _pairs(environment: str) -> dict[str, str]:
    pairs = (pair.partition("=") for pair in environment.split(","))
    return {name: value.strip('"') for name, _, value in pairs}


def test_each_service_beside_the_registry_gets_a_token_for_itself_alone(tmp_path: Path) -> None:
    services = [Service("registry", 8001), Service("forum", 8002), Service("survey", 8003)]
    given = environments(write_supervisor_config(tmp_path, services, "nats://127.0.0.1:1"))
    secret = (tmp_path / "registry" / "registry.secret").read_text()
    assert "JOIN_TOKEN" not in given["registry"]
    for name in ("forum", "survey"):
        token = read_join_token(secret, given[name]["JOIN_TOKEN"], now=utc_now())
        assert token is not None
        assert token.service == name
    assert not [name for one in given.values() for name in one if "SECRET" in name]


def test_without_a_registry_nobody_joins(tmp_path: Path) -> None:
    given = environments(write_supervisor_config(tmp_path, [Service("forum", 8002)], "nats://127.0.0.1:1"))
    assert "JOIN_TOKEN" not in given["forum"]


def test_tokens_for_elsewhere_are_good_at_a_registry_with_the_printed_secret() -> None:
    lines = CliRunner().invoke(build("join-tokens"), ["join-tokens"]).output.split()
    said = dict(line.split("=", 1) for line in lines)
    secret = said.pop("REGISTRY_SECRET")
    tokens = {name: read_join_token(secret, token, now=utc_now()) for name, token in said.items()}
    others = [entry.name for entry in installed() if entry.name != "registry"]
    assert {name: token and token.service for name, token in tokens.items()} == {
        f"{name.upper()}_JOIN_TOKEN": name for name in others
    }


def test_a_running_family_keeps_its_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REGISTRY_SECRET", "s" * 32)
    assert f"REGISTRY_SECRET={'s' * 32}\n" in CliRunner().invoke(build("join-tokens"), ["join-tokens"]).output
