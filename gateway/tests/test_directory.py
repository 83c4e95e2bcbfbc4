from pathlib import Path
from typing import Any

import pytest

from interlinker_gateway.registry import Directory, Snapshot
from interlinker_shared.errors import UnavailableError


def instance(service: str, state: str = "passing", number: int = 1, *capabilities: str) -> dict[str, Any]:
    manifest = {"capabilities": list(capabilities) or [service], "assets": {"path": "/things"}, "unknown": 1}
    address = f"http://{service}-{number}"
    return {"id": f"{service}-{number}", "service": service, "base_url": address, "state": state, "manifest": manifest}


def knowing(folder: Path, *instances: dict[str, Any]) -> Directory:
    directory = Directory(folder / "directory.json")
    directory.learn(Snapshot.model_validate({"revision": 7, "items": list(instances), "more": "to come"}))
    return directory


def test_the_best_instance_is_chosen(tmp_path: Path) -> None:
    directory = knowing(tmp_path, instance("a", "suspect", 1), instance("a", "passing", 2), instance("a", "expired", 3))
    assert directory.address("a") == ("a", "http://a-2")
    assert knowing(tmp_path, instance("a", "suspect")).address("a") == ("a", "http://a-1")
    assert knowing(tmp_path, instance("a", "expired")).address("a") is None


def test_a_capability_leads_to_the_service_that_offers_it(tmp_path: Path) -> None:
    directory = knowing(tmp_path, instance("a", "passing", 1, "polls"))
    assert directory.address("polls") == ("a", "http://a-1")
    assert directory.capabilities() == {"polls"}


def test_what_was_known_outlives_a_restart(tmp_path: Path) -> None:
    knowing(tmp_path, instance("a"))
    again = Directory(tmp_path / "directory.json")
    again.load()
    assert (again.revision, again.address("a")) == (7, ("a", "http://a-1"))


def test_a_broken_file_is_as_good_as_none(tmp_path: Path) -> None:
    (tmp_path / "directory.json").write_text("{")
    directory = Directory(tmp_path / "directory.json")
    directory.load()
    with pytest.raises(UnavailableError):
        directory.capabilities()
