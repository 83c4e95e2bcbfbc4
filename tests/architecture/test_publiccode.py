"""publiccode.yml 0.7.0, of the family and of every service: the keys that the standard demands, and their limits."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from tests.architecture.house import House

Plant = Callable[[dict[str, str]], House]

DESCRIPTION = {
    "type": "object",
    "required": ["shortDescription", "longDescription", "features"],
    "properties": {
        "shortDescription": {"type": "string", "minLength": 1, "maxLength": 150},
        "longDescription": {"type": "string", "minLength": 150, "maxLength": 10_000},
        "features": {"type": "array", "minItems": 1, "items": {"type": "string"}},
    },
}
STATUSES = ["concept", "development", "beta", "stable", "obsolete"]
KINDS = ["standalone/mobile", "standalone/iot", "standalone/desktop", "standalone/web", "standalone/backend",
         "standalone/other", "addon", "library", "configurationFiles"]  # fmt: skip
MANDATORY: dict[str, Any] = {
    "type": "object",
    "required": ["publiccodeYmlVersion", "name", "url", "platforms", "developmentStatus", "softwareType", "description", "legal",
                 "maintenance", "localisation"],
    "properties": {
        "publiccodeYmlVersion": {"enum": ["0.7.0", "0.7"]},
        "name": {"type": "string", "minLength": 1},
        "url": {"type": "string", "pattern": "^https?://"},
        "platforms": {"type": "array", "minItems": 1},
        "developmentStatus": {"enum": STATUSES},
        "softwareType": {"enum": KINDS},
        "description": {
            "type": "object",
            "minProperties": 1,
            "propertyNames": {"pattern": "^[a-z]{2,3}(-[A-Za-z0-9]+)*$"},
            "additionalProperties": DESCRIPTION,
        },
        "legal": {"type": "object", "required": ["license"], "properties": {"license": {"const": "Apache-2.0"}}},
        "maintenance": {
            "type": "object",
            "required": ["type", "contacts"],
            "properties": {
                "type": {"enum": ["internal", "community"]},
                "contacts": {"type": "array", "minItems": 1, "items": {"type": "object", "required": ["name"]}},
            },
        },
        "localisation": {
            "type": "object",
            "required": ["localisationReady", "availableLanguages"],
            "properties": {
                "localisationReady": {"type": "boolean"},
                "availableLanguages": {"type": "array", "minItems": 1, "items": {"type": "string"}},
            },
        },
    },
}  # fmt: skip


def faults(path: Path) -> list[str]:
    """Where a publiccode.yml departs from the standard."""
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    return [f"{error.json_path}: {error.message}" for error in Draft202012Validator(MANDATORY).iter_errors(content)]


def versions_apart(house: House) -> list[str]:
    """Services whose publiccode.yml names another version than their pyproject.toml."""
    stated = {
        one: yaml.safe_load((one.folder / "publiccode.yml").read_text()).get("softwareVersion")
        for one in house.services
    }
    return [one.where for one, version in stated.items() if version not in {None, one.project["version"]}]


def test_the_family_and_every_service_meet_the_standard(house: House) -> None:
    files = [house.root / "publiccode.yml", *(one.folder / "publiccode.yml" for one in house.services)]
    assert {path.relative_to(house.root).as_posix(): found for path in files if (found := faults(path))} == {}


def test_versions_agree(house: House) -> None:
    assert versions_apart(house) == []


@pytest.mark.parametrize("key", MANDATORY["required"])
def test_a_missing_key_is_found(key: str, house: House, tmp_path: Path) -> None:
    content = yaml.safe_load((house.root / "publiccode.yml").read_text(encoding="utf-8"))
    del content[key]
    path = tmp_path / "publiccode.yml"
    path.write_text(yaml.safe_dump(content))
    assert faults(path) == [f"$: '{key}' is a required property"]


def test_a_short_description_that_is_long_is_found(house: House, tmp_path: Path) -> None:
    content = yaml.safe_load((house.root / "publiccode.yml").read_text(encoding="utf-8"))
    content["description"]["en"]["shortDescription"] = "x" * 151
    path = tmp_path / "publiccode.yml"
    path.write_text(yaml.safe_dump(content))
    assert [fault.partition(":")[0] for fault in faults(path)] == ["$.description.en.shortDescription"]


def test_another_version_is_found(plant: Plant) -> None:
    old = "softwareVersion: 0.0.9\n"
    new = "softwareVersion: 0.1.0\n"
    house = plant(
        {
            "gateway/publiccode.yml": new,
            "interlinkers/forum/publiccode.yml": old,
            "interlinkers/survey/publiccode.yml": new,
        }
    )
    assert versions_apart(house) == ["interlinkers/forum"]
