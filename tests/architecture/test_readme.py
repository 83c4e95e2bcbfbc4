"""The tables in a service's README against what the service really is: its contract files and its settings class."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Callable, Iterator
from typing import Any

from tests.architecture.house import Distribution, House

Plant = Callable[[dict[str, str]], House]

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
METHOD = "(?:" + "|".join(METHODS) + ")"
ENDPOINT = re.compile(
    rf"\b({METHOD}(?:[\s,·`/|]+{METHOD})*)[\s`|]+(/[\w{{}}./-]*)"
)  # `GET /boards`, or GET · POST | `/boards`
PARAMETER = re.compile(r"\{\w+\}")
EVENT = re.compile(r"`([a-z][a-z_-]*\.[a-z][a-z_-]*(?:\.v\d+)?)`")
VERSION = re.compile(r"\.v\d+$")
# What every Interlinker answers by contract; a README need not list it again, `interlinkers verify` checks it.
EVERYWHERE = re.compile(
    r"/(audit|challenge|health|metrics|asyncapi|schemas|events|dead-letters|webhooks|keys|embed|grants|consents|changes|subjects|\.well-known"
    r"|sign-in|sessions|invitations|accounts?|people|passkeys"
    r"|notices|statements|appeals|moderation|moderation-log)\b.*"
)
MODERATION = ("notice.", "restriction.", "appeal.")  # events of all blocks whose things can be reported
ON_AN_ASSET = re.compile(r"(/\{\}(/(open|close|clone|imports|result|export|view))?)?")


def endpoint_faults(one: Distribution) -> list[str]:
    """Own endpoints that no table names, and endpoints in a table that the service does not have."""
    real = endpoints(one)
    listed = {found for row in rows(one) for found in named_endpoints(row)}
    assets = asset_path(real)
    missing = {(method, path) for method, path in real if not by_contract(path, assets)} - listed
    return [f"{one.where}: no row for {method} {path}" for method, path in sorted(missing)] + [
        f"{one.where}: {method} {path} is not there" for method, path in sorted(listed - real)
    ]


def event_faults(one: Distribution) -> list[str]:
    """Own events that no table names, and events in a table that the service neither sends nor takes."""
    sent, taken = events(one)
    listed = {VERSION.sub("", name) for row in rows(one) for name in EVENT.findall(row)}
    known = sent | taken
    own = {name for name in known if not name.startswith(("asset.", "result.", "item.", "contribution.", *MODERATION))}
    return [f"{one.where}: no row for the event {name}" for name in sorted(own - listed)] + [
        f"{one.where}: there is no event {name}"
        for name in sorted(listed - known)
        if name.partition(".")[0] in things(known)
    ]


def setting_faults(one: Distribution) -> list[str]:
    """Settings of its own that no table names, and variables in a table that its settings class does not read."""
    prefix, own = settings(one)
    text = "\n".join(rows(one))
    listed = set(re.findall(rf"\b{prefix}[A-Z_]+\b", text))
    shared = {prefix + name for name in inherited(one)}
    return [
        f"{one.where}: no row for the setting {prefix}{name}" for name in sorted(own) if prefix + name not in listed
    ] + [
        f"{one.where}: there is no setting {name}" for name in sorted(listed - shared - {prefix + name for name in own})
    ]


def rows(one: Distribution) -> list[str]:
    """The lines of all tables in its README."""
    return [line for line in (one.folder / "README.md").read_text().splitlines() if line.lstrip().startswith("|")]


def named_endpoints(row: str) -> Iterator[tuple[str, str]]:
    """Method and path of each endpoint that a row names, parameters without their names."""
    for methods, path in ENDPOINT.findall(row):
        yield from ((method, bare(path)) for method in METHODS if method in methods)


def bare(path: str) -> str:
    """A path whose parameters have lost their names."""
    return PARAMETER.sub("{}", path).rstrip("/.") or "/"


def contract(one: Distribution, file: str) -> dict[str, Any]:
    """One of its contract files."""
    document: dict[str, Any] = json.loads((one.folder / "contract" / file).read_text())
    return document


def endpoints(one: Distribution) -> set[tuple[str, str]]:
    """Method and path of all that openapi.json describes."""
    operations = contract(one, "openapi.json")["paths"].items()
    return {(method.upper(), bare(path)) for path, item in operations for method in item if method.upper() in METHODS}


def by_contract(path: str, assets: str) -> bool:
    """Whether every Interlinker has this path; `assets` is where the assets of this one live."""
    if EVERYWHERE.fullmatch(path):
        return True
    return path.startswith(assets) and ON_AN_ASSET.fullmatch(path.removeprefix(assets)) is not None


def asset_path(real: set[tuple[str, str]]) -> str:
    """Where the assets live: what takes imports; of a service without any, nowhere."""
    found = [path.removesuffix("/{}/imports") for _, path in real if path.endswith("/{}/imports")]
    return found[0] if found else "/-"


def events(one: Distribution) -> tuple[set[str], set[str]]:
    """What asyncapi.json says it sends and takes: `topic.closed`, without version, service and prefix."""
    sent: set[str] = set()
    taken: set[str] = set()
    document = contract(one, "asyncapi.json")
    for operation in document["operations"].values():
        channel = operation["channel"]["$ref"].rpartition("/")[2]
        name = VERSION.sub("", ".".join(document["channels"][channel]["address"].split(".")[2:]))
        (sent if operation["action"] == "send" else taken).add(name)
    return sent, taken


def things(names: set[str]) -> set[str]:
    """What events are about: `topic` of `topic.closed`."""
    return {name.partition(".")[0] for name in names}


def settings(one: Distribution) -> tuple[str, set[str]]:
    """The prefix of its variables, and the names (upper case, no prefix) of the settings that it adds itself."""
    for node in classes(one, "settings"):
        prefixes = [
            call.args[0].value
            for call in ast.walk(node)
            if isinstance(call, ast.Call)
            and getattr(call.func, "id", "") == "prefixed"
            and isinstance(call.args[0], ast.Constant)
        ]
        if prefixes:
            return str(prefixes[0]), fields(node) - {"MODEL_CONFIG", "PORT"}
    message = f"{one.where}: no class in settings.py calls prefixed(...)"
    raise AssertionError(message)


def inherited(one: Distribution) -> set[str]:
    """Names of the settings that every service has."""
    shared = House(one.root).one("shared")
    return set[str]().union(*(fields(node) for node in classes(shared, "settings"))) if shared else set()


def classes(one: Distribution, part: str) -> Iterator[ast.ClassDef]:
    """The classes of one of its modules."""
    for module in one.modules:
        if module.part == part:
            yield from (node for node in module.tree.body if isinstance(node, ast.ClassDef))


def fields(node: ast.ClassDef) -> set[str]:
    """The annotated names of a class, in upper case."""
    return {
        line.target.id.upper()
        for line in node.body
        if isinstance(line, ast.AnnAssign) and isinstance(line.target, ast.Name)
    }


def test_endpoints_in_the_tables_are_those_of_the_contract(house: House) -> None:
    assert [fault for one in house.services for fault in endpoint_faults(one)] == []


def test_events_in_the_tables_are_those_of_the_contract(house: House) -> None:
    assert [fault for one in house.services for fault in event_faults(one)] == []


def test_settings_in_the_tables_are_those_of_the_class(house: House) -> None:
    assert [fault for one in house.services for fault in setting_faults(one)] == []


FOLDER = "interlinkers/forum"
OPENAPI: dict[str, Any] = {
    "paths": {"/boards": {"get": {}}, "/boards/{asset_id}/imports": {"post": {}}, "/topics/{id}/close": {"post": {}}}
}


def forum(plant: Plant, files: dict[str, str]) -> Distribution:
    """The forum of a planted tree."""
    one = plant({f"{FOLDER}/{path}": text for path, text in files.items()}).one(FOLDER)
    assert one is not None
    return one


def test_endpoints_missing_and_made_up_are_found(plant: Plant) -> None:
    openapi = json.dumps(OPENAPI)
    good = "| `POST /topics/{topic_id}/close` | close it |\n| `GET /boards` | list |\n"
    assert endpoint_faults(forum(plant, {"README.md": good, "contract/openapi.json": openapi})) == []
    bad = forum(plant, {"README.md": "| `DELETE` | `/topics/{id}` |\n", "contract/openapi.json": openapi})
    assert endpoint_faults(bad) == [
        f"{FOLDER}: no row for POST /topics/{{}}/close",
        f"{FOLDER}: DELETE /topics/{{}} is not there",
    ]


def test_events_missing_and_made_up_are_found(plant: Plant) -> None:
    asyncapi = {
        "operations": {"send": {"action": "send", "channel": {"$ref": "#/channels/topic.closed.v1"}}},
        "channels": {"topic.closed.v1": {"address": "interlink.forum.topic.closed.v1"}},
    }
    files = {"contract/asyncapi.json": json.dumps(asyncapi), "README.md": "| `topic.opened.v1` | never |\n"}
    assert event_faults(forum(plant, files)) == [
        f"{FOLDER}: no row for the event topic.closed",
        f"{FOLDER}: there is no event topic.opened",
    ]


def test_settings_missing_and_made_up_are_found(plant: Plant) -> None:
    source = 'class ForumSettings(ServiceSettings):\n    model_config = prefixed("FORUM_")\n    port: int = 8002\n    words: int = 3\n'
    files = {
        "src/interlinker_forum/settings.py": source,
        "README.md": "| `FORUM_PORT` | 8002 |\n| `FORUM_COLOUR` | red |\n",
    }
    (shared,) = ["class ServiceSettings(BaseSettings):\n    port: int = 8000\n"]
    one = plant(
        {"shared/src/interlinker_shared/settings.py": shared}
        | {f"{FOLDER}/{path}": text for path, text in files.items()}
    )
    found = [fault for service in one.interlinkers if service.where == FOLDER for fault in setting_faults(service)]
    assert found == [f"{FOLDER}: no row for the setting FORUM_WORDS", f"{FOLDER}: there is no setting FORUM_COLOUR"]
