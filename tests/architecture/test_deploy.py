"""What runs the family elsewhere hands each service its own NATS key and nobody else's."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
DEPLOYMENTS: dict[str, Any] = {
    document["metadata"]["name"]: document["spec"]["template"]["spec"]
    for path in sorted((ROOT / "deploy" / "kubernetes").glob("*.yaml"))
    for document in yaml.safe_load_all(path.read_text())
    if document["kind"] == "Deployment"
}
BLOCKS = sorted(name for name, service in COMPOSE["services"].items() if service["image"] == f"interlinker-{name}")


def test_compose_and_kubernetes_run_the_same_services() -> None:
    assert BLOCKS
    assert sorted(DEPLOYMENTS) == BLOCKS


@pytest.mark.parametrize("name", BLOCKS)
def test_compose_hands_a_service_its_own_key_only(name: str) -> None:
    service = COMPOSE["services"][name]
    (secret,) = service["secrets"]
    assert COMPOSE["secrets"][secret["source"]] == {"file": f"nats-keys/{name}.nk"}
    assert service["environment"]["NATS_NKEY_SEED_FILE"] == f"/run/secrets/{secret['target']}"


@pytest.mark.parametrize("name", BLOCKS)
def test_kubernetes_hands_a_service_its_own_key_only(name: str) -> None:
    pod = DEPLOYMENTS[name]
    secrets = [volume["secret"] for volume in pod["volumes"] if "secret" in volume]
    assert [item for secret in secrets for item in secret["items"]] == [{"key": f"{name}.nk", "path": "nats.nk"}]
    (mount,) = [one for one in pod["containers"][0]["volumeMounts"] if one["name"] == "nats-key"]
    kustomization = yaml.safe_load((ROOT / "deploy" / "kustomization.yaml").read_text())
    literals = kustomization["configMapGenerator"][0]["literals"]
    assert f"NATS_NKEY_SEED_FILE={mount['mountPath']}/nats.nk" in literals


@pytest.mark.parametrize("name", BLOCKS)
def test_compose_and_kubernetes_hand_a_service_its_own_join_token_only(name: str) -> None:
    own = "REGISTRY_SECRET" if name == "registry" else f"{name.upper()}_JOIN_TOKEN"
    given = {key: str(value) for key, value in COMPOSE["services"][name]["environment"].items()}
    assert [value for value in given.values() if "JOIN_TOKEN" in value or "REGISTRY_SECRET" in value] == [
        f"${{{own}:?run make --silent join-tokens > .env}}" if name == "registry" else f"${{{own}:-}}"
    ]
    container = DEPLOYMENTS[name]["containers"][0]
    taken = [one["valueFrom"]["secretKeyRef"]["key"] for one in container["env"] if "valueFrom" in one]
    assert taken == [own]
    assert not [source for source in container["envFrom"] if "secretRef" in source]


def test_only_who_prepares_nats_has_the_operators_key() -> None:
    holders = [
        name
        for name, service in COMPOSE["services"].items()
        if any(secret["source"] == "nats-operator" for secret in service.get("secrets", []))
    ]
    assert holders == ["nats-prepare"]
