"""Settings, the secret that a block keeps for itself, and the manifest's digest."""

from __future__ import annotations

import hashlib
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from pydantic import SecretStr, ValidationError
from shared.tests.boxes import Box

from interlinker_shared.auth import Role
from interlinker_shared.manifest import Manifest, canonical_json
from interlinker_shared.settings import ServiceSettings

MANIFEST = Manifest(id="boxes", name={"en": "Boxes"}, description={"en": "Things in boxes."}, version="1")


def test_a_generated_secret_is_kept_and_nobody_else_may_read_it(tmp_path: Path) -> None:
    settings = ServiceSettings(data_dir=tmp_path / "new", secret=None)
    secret = settings.signing_secret("boxes")
    assert len(secret) >= 32
    assert ServiceSettings(data_dir=tmp_path / "new", secret=None).signing_secret("boxes") == secret
    assert settings.signing_secret("others") != secret
    assert stat.S_IMODE((tmp_path / "new" / "boxes.secret").stat().st_mode) == 0o600
    assert [path.name for path in (tmp_path / "new").iterdir()] != []


def test_starts_at_one_moment_agree_on_one_secret(tmp_path: Path) -> None:
    settings = ServiceSettings(data_dir=tmp_path, secret=None)
    with ThreadPoolExecutor(8) as threads:
        secrets = set(threads.map(lambda _: settings.signing_secret("boxes"), range(8)))
    assert len(secrets) == 1


def test_a_short_secret_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 32 characters"):
        ServiceSettings(secret=SecretStr("short")).signing_secret("boxes")


def test_settings_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INTERLINKER_PORT", "8123")
    monkeypatch.setenv("NATS_URL", "nats://somewhere:4222")
    monkeypatch.setenv("INTERLINKER_SECRET", "s" * 32)
    settings = ServiceSettings()
    assert (settings.port, settings.nats_url, settings.base_url) == (
        8123,
        "nats://somewhere:4222",
        "http://127.0.0.1:8123",
    )
    assert settings.signing_secret("boxes") == "s" * 32
    assert "sss" not in repr(settings)


@pytest.mark.parametrize(
    ("name", "value"), [("port", 0), ("instance", "No Spaces"), ("queue_limit", 0), ("max_body", 1)]
)
def test_senseless_settings_are_refused(name: str, value: object) -> None:
    with pytest.raises(ValidationError, match=name):
        ServiceSettings.model_validate({name: value})


def test_a_manifests_digest_is_stable_and_follows_its_content() -> None:
    same = Manifest.model_validate_json(MANIFEST.render())
    assert same.digest() == MANIFEST.digest() == f"sha256:{hashlib.sha256(MANIFEST.render()).hexdigest()}"
    assert MANIFEST.model_copy(update={"version": "2"}).digest() != MANIFEST.digest()


async def test_the_digest_is_that_of_the_served_bytes(box: Box) -> None:
    answers = [await box.ask("GET", "/.well-known/interlinker.json", Role.PUBLIC) for _ in range(2)]
    assert {answer.headers["etag"] for answer in answers} == {
        f'"sha256:{hashlib.sha256(answers[0].content).hexdigest()}"'
    }
    manifest = Manifest.model_validate_json(answers[0].content)
    assert manifest.assets is not None
    assert manifest.assets.exports == {"txt": "text/plain"}


def test_canonical_json_does_not_depend_on_order() -> None:
    assert canonical_json({"b": [1, "ü"], "a": None}) == canonical_json({"a": None, "b": [1, "ü"]})
    assert canonical_json({"b": 1, "a": "ü"}) == '{"a":"ü","b":1}'.encode()
    with pytest.raises(ValueError, match="JSON compliant"):
        canonical_json(float("nan"))


@pytest.mark.parametrize(
    "sources",
    ["'self'", "'none'", "*", "'self' https://town.example https://*.town.example:8443", "http://[::1]:8000", "https:"],
)
def test_who_may_embed_the_pages_is_a_list_of_origins(sources: str) -> None:
    assert ServiceSettings(frame_ancestors=sources).frame_ancestors == sources


@pytest.mark.parametrize(
    "sources",
    [
        "",
        "self",
        "'self'; script-src *",
        "https://a.example, https://b.example",
        "'none' 'self'",
        "https://a.example/path",
        "a; b",
        "'unsafe-inline'",
        "javascript:",
    ],
)
def test_what_would_be_another_policy_is_refused_at_start(sources: str) -> None:
    with pytest.raises(ValidationError, match="frame-ancestors"):
        ServiceSettings(frame_ancestors=sources)
