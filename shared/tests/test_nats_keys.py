"""The keys of NATS: one seed per service that nobody else can read, and no more rights than a service declares to need."""

from __future__ import annotations

import configparser
import contextlib
import json
import os
import signal
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from asgi_lifespan import LifespanManager
from pydantic import BaseModel, ValidationError
from shared.tests.boxes import SERVICE, Box, create_box_app
from typer.testing import CliRunner

from interlinker_shared import nats_keys
from interlinker_shared.cli.family import build
from interlinker_shared.cli.up import Service, write_supervisor_config
from interlinker_shared.events import Handler
from interlinker_shared.events.broker import NATS_ERRORS, Broker, NotPreparedError
from interlinker_shared.events.prepare import prepare
from interlinker_shared.installed import installed
from interlinker_shared.nats_keys import OPERATOR, Declared
from interlinker_shared.nats_server import write_config
from interlinker_shared.nkey import Identity, UserKey, new_seed
from interlinker_shared.settings import ServiceSettings
from interlinker_shared.testing import RunApp, TokenHeaders, eventually, free_port, nats_running

BOXES = Declared(SERVICE, records=True, listens=("interlink.*.box.filled.v1",))
QUIET = Declared("quiet", records=False)
# The pair in the documentation of nats-server ("Authentication, NKeys").
SEED = "SUACSSL3UAHUDXKFSNVUZRF5UHPMWZ6BFDTJ7M6USDXIEDNPPQYYYCU3VY"
PUBLIC = "UDXU4RCSJNZOIQHZNWXHXORDPRTGNJAHAHFRGZNEEJCPQTT2M7NLCNF4"

OPENED = f"interlink.{SERVICE}.asset.opened.v1"


class Nothing(BaseModel):
    """What this consumer reads."""


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_seed_has_the_public_key_that_nats_says_it_has() -> None:
    assert UserKey(f"{SEED}\n").public == PUBLIC


@pytest.mark.parametrize("seed", ["", "SU", PUBLIC, SEED[:-1] + "A", SEED[:-2], "sua", "1" * 58, "SO" + SEED[2:]])
def test_what_is_no_seed_of_a_user_is_refused_without_being_shown(seed: str) -> None:
    with pytest.raises(ValueError, match="nats-keys") as refused:
        UserKey(seed)
    assert not seed or seed not in str(refused.value)


def test_seeds_are_for_their_owner_only(tmp_path: Path) -> None:
    folder = tmp_path / "keys"
    assert nats_keys.write_keys(folder, [BOXES]) == [OPERATOR, SERVICE]
    assert (mode(folder), mode(folder / "boxes.nk"), mode(folder / "operator.nk")) == (0o700, 0o600, 0o600)


def test_seeds_for_containers_lie_in_a_folder_that_nobody_else_enters(tmp_path: Path) -> None:
    nats_keys.write_keys(tmp_path / "keys", [BOXES], mode=nats_keys.FOR_CONTAINERS)
    assert (mode(tmp_path / "keys"), mode(tmp_path / "keys" / "boxes.nk")) == (0o700, 0o644)
    nats_keys.write_keys(tmp_path / "keys", [BOXES])
    assert mode(tmp_path / "keys" / "boxes.nk") == 0o600


def test_seeds_for_containers_are_not_put_where_others_may_enter(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    where = ["nats-keys", "--out", str(tmp_path), "--for-containers"]
    answer = CliRunner().invoke(build("nats-keys"), where)
    assert (answer.exit_code, "chmod 700" in answer.output, list(tmp_path.glob("*.nk"))) == (2, True, [])


def test_a_second_run_keeps_the_seeds_and_adds_what_is_new(tmp_path: Path) -> None:
    nats_keys.write_keys(tmp_path, [BOXES])
    before = {path.name: path.read_text() for path in tmp_path.glob("*.nk")}
    assert nats_keys.write_keys(tmp_path, [QUIET]) == ["quiet"]
    assert before.items() <= {path.name: path.read_text() for path in tmp_path.glob("*.nk")}.items()
    assert nats_keys.read_services(tmp_path) == {SERVICE: BOXES, "quiet": QUIET}


def test_a_service_that_is_gone_loses_its_way_in_with_its_seed(tmp_path: Path) -> None:
    nats_keys.write_keys(tmp_path, [BOXES, QUIET])
    (tmp_path / "boxes.nk").unlink()
    nats_keys.write_keys(tmp_path, [QUIET])
    assert "boxes" not in (tmp_path / nats_keys.USERS).read_text()


def test_users_conf_holds_public_keys_only(tmp_path: Path) -> None:
    nats_keys.write_keys(tmp_path, [BOXES])
    text = (tmp_path / nats_keys.USERS).read_text() + (tmp_path / nats_keys.SERVICES).read_text()
    seeds = [path.read_text() for path in tmp_path.glob("*.nk")]
    assert not any(seed in text for seed in seeds)
    assert all(UserKey(seed).public in text for seed in seeds)


def test_a_service_that_needs_nothing_may_publish_nothing(tmp_path: Path) -> None:
    nats_keys.write_keys(tmp_path, [QUIET])
    assert 'publish: {deny: ">"}' in (tmp_path / nats_keys.USERS).read_text()


def test_no_service_is_taken_for_the_operator(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="operator"):
        nats_keys.write_keys(tmp_path, [Declared(OPERATOR, records=True)])


def test_keys_are_fresh_until_the_code_of_a_service_changes(tmp_path: Path) -> None:
    assert not nats_keys.are_fresh(tmp_path)
    nats_keys.write_keys(tmp_path, [Declared(entry.name, records=True) for entry in installed()])
    assert nats_keys.are_fresh(tmp_path)
    os.utime(tmp_path / nats_keys.SERVICES, (0, 0))
    assert not nats_keys.are_fresh(tmp_path)


def test_keys_are_not_fresh_when_a_service_was_added(tmp_path: Path) -> None:
    nats_keys.write_keys(tmp_path, [Declared(entry.name, records=True) for entry in installed()])
    (tmp_path / nats_keys.SERVICES).write_text(json.dumps({}))
    assert nats_keys.are_fresh(tmp_path) is (not installed())


def test_on_one_machine_each_program_is_given_its_own_key(tmp_path: Path) -> None:
    nats_keys.write_keys(tmp_path / "nats-keys", [Declared(entry.name, records=True) for entry in installed()])
    programs = configparser.RawConfigParser()
    programs.read(write_supervisor_config(tmp_path, [Service("boxes", 8000), Service("quiet", 8001)], None))
    for name in ("boxes", "quiet"):
        assert f'NATS_NKEY_SEED_FILE="{tmp_path}/nats-keys/{name}.nk"' in programs[f"program:{name}"]["environment"]
    assert f"nats-prepare --keys {tmp_path}/nats-keys" in programs["program:nats-prepare"]["command"]
    assert 'include "../nats-keys/users.conf"' in (tmp_path / "nats" / "nats.conf").read_text()


def test_a_server_of_ones_own_is_given_no_keys(tmp_path: Path) -> None:
    config = write_supervisor_config(tmp_path, [Service("boxes", 8000)], "nats://elsewhere:4222").read_text()
    assert "NKEY" not in config
    assert not (tmp_path / "nats-keys").exists()


def test_the_command_never_prints_a_seed(tmp_path: Path) -> None:
    answer = CliRunner().invoke(build("nats-keys"), ["nats-keys", "--out", str(tmp_path / "keys")])
    assert answer.exit_code == 0, answer.output
    assert "operator" in answer.output
    assert not any(path.read_text() in answer.output for path in (tmp_path / "keys").glob("*.nk"))


def test_nothing_is_prepared_without_the_operators_key(tmp_path: Path) -> None:
    answer = CliRunner().invoke(build("nats-prepare"), ["nats-prepare", "--keys", str(tmp_path)])
    assert (answer.exit_code, "operator.nk" in answer.output) == (2, True)


def test_a_server_that_is_away_is_not_prepared(tmp_path: Path) -> None:
    nats_keys.write_keys(tmp_path, [BOXES])
    where = ["--keys", str(tmp_path), "--url", f"nats://127.0.0.1:{free_port()}", "--wait", "0"]
    assert CliRunner().invoke(build("nats-prepare"), ["nats-prepare", *where]).exit_code == 1


@pytest.fixture
def guarded(tmp_path: Path) -> Iterator[str]:
    """The address of a server that lets in only who has a key below `tmp_path / "keys"`; nothing is prepared on it."""
    port, keys = free_port(), tmp_path / "keys"
    nats_keys.write_keys(keys, [BOXES])
    with nats_running(write_config(tmp_path / "nats", port, keys / nats_keys.USERS), port):
        yield f"nats://127.0.0.1:{port}"


def identity(tmp_path: Path, name: str) -> Identity:
    return Identity(name, UserKey(nats_keys.seed_file(tmp_path / "keys", name).read_text()))


@pytest.mark.nats
async def test_a_service_with_a_key_makes_no_consumer_and_says_who_does(guarded: str, tmp_path: Path) -> None:
    async with Broker(guarded, SERVICE, identity(tmp_path, SERVICE)).open("test") as connection:
        await prepare(guarded, identity(tmp_path, OPERATOR), {}, within=5)
        with pytest.raises(NotPreparedError, match="boxes is not there: run `interlinkers nats-keys` and"):
            await connection.need_consumer(SERVICE, list(BOXES.listens))


@pytest.mark.nats
async def test_a_running_server_learns_of_a_new_service(tmp_path: Path) -> None:
    port, keys, url = free_port(), tmp_path / "keys", "nats://127.0.0.1:"
    nats_keys.write_keys(keys, [BOXES])
    with nats_running(write_config(tmp_path / "nats", port, keys / nats_keys.USERS), port) as server:
        nats_keys.write_keys(keys, [BOXES, QUIET])
        server.send_signal(signal.SIGHUP)

        async def gets_in() -> bool:
            with contextlib.suppress(*NATS_ERRORS):  # it may hang up while it reads its file anew
                async with Broker(f"{url}{port}", "quiet", identity(tmp_path, "quiet")).open("test"):
                    return True
            return False

        await eventually(gets_in)


@pytest.mark.nats
async def test_a_service_waits_for_the_operator_and_loses_nothing(
    guarded: str, tmp_path: Path, test_settings: dict[str, Any], run_app: RunApp, token: TokenHeaders
) -> None:
    heard: list[str] = []
    handler = Handler(OPENED, Nothing, lambda _session, _payload, envelope: heard.append(envelope.subject))
    key = {"nats_url": guarded, "nats_nkey_seed_file": tmp_path / "keys" / "boxes.nk"}
    app = create_box_app(test_settings | key, handlers=[handler])
    asset = await Box(await run_app(app), token).opened()
    await prepare(guarded, identity(tmp_path, OPERATOR), {SERVICE: app.state.manifest.events.into}, within=5)

    async def arrived() -> bool:
        return heard == [asset["id"]]

    await eventually(arrived, within=20)


@pytest.mark.nats
async def test_a_service_with_a_key_that_the_server_does_not_know_goes_on_without_nats(
    guarded: str, tmp_path: Path, test_settings: dict[str, Any], run_app: RunApp, token: TokenHeaders
) -> None:
    (tmp_path / "strange.nk").write_text(new_seed())
    key = {"nats_url": guarded, "nats_nkey_seed_file": tmp_path / "strange.nk"}
    box = Box(await run_app(create_box_app(test_settings | key)), token)
    await box.opened()

    async def degraded() -> bool:
        return bool((await box.client.get("/health/ready")).json()["degraded"] == ["nats"])

    await eventually(degraded)


async def test_a_service_does_not_start_with_a_broken_seed(test_settings: dict[str, Any], tmp_path: Path) -> None:
    (tmp_path / "broken.nk").write_text(SEED[:-1])
    key = {"nats_url": "nats://127.0.0.1:9", "nats_nkey_seed_file": tmp_path / "broken.nk"}
    app = create_box_app(test_settings | key)
    with pytest.raises(ValueError, match="no seed of a NATS user"):
        async with LifespanManager(app):
            pass


def test_a_seed_file_that_is_not_there_is_told_at_once(test_settings: dict[str, Any], tmp_path: Path) -> None:
    with pytest.raises(ValidationError, match="does not point to a file"):
        ServiceSettings(**test_settings | {"nats_nkey_seed_file": tmp_path / "none.nk"})
