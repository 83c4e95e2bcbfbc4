"""The NATS keys of a family, in one folder: a seed for each service and for the operator, and what each of them may do."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from interlinker_shared.installed import installed
from interlinker_shared.nkey import UserKey, new_seed
from interlinker_shared.settings import kept_secret
from interlinker_shared.subjects import STREAM, SUBJECT_PREFIX, inbox_of

if TYPE_CHECKING:
    from interlinker_shared.manifest import Manifest

OPERATOR = "operator"
USERS = "users.conf"
SERVICES = "services.json"
PRIVATE, FOR_CONTAINERS = 0o600, 0o644
HEAD = """\
# Who may connect, by public key, and what they may do: nothing secret. Written by `interlinkers nats-keys`, which derives it
# from what each service declares; do not edit.
"""


@dataclass(frozen=True)
class Declared:
    """What a service says of itself: whether it records events, and the subjects of others that it listens to."""

    name: str
    records: bool
    listens: tuple[str, ...] = ()


@dataclass(frozen=True)
class Rights:
    """Subjects that a user may publish on and subscribe to; everything else is refused."""

    publish: tuple[str, ...]
    subscribe: tuple[str, ...]


def seed_file(folder: Path, name: str) -> Path:
    """Where the seed of a service, or of the operator, is."""
    return folder / f"{name}.nk"


def declared() -> list[Declared]:
    """What the services that are installed here declare in their manifests; loads all of them, which takes seconds."""
    manifests: list[Manifest] = [entry.load()().state.manifest for entry in installed()]
    return [Declared(one.id, bool(one.events.out), tuple(one.events.into)) for one in manifests]


def write_keys(folder: Path, services: Sequence[Declared], *, mode: int = PRIVATE) -> list[str]:
    """Make the seeds that are missing, then `users.conf` and `services.json`; return whose seeds are new.

    Services that are in the folder and not in `services`, because they are installed elsewhere, stay for as long as
    their seed does. `mode` is that of the seeds. ValueError when they would be open to others.
    """
    _keep_folder(folder, mode)
    known = read_services(folder) | {one.name: one for one in services}
    if OPERATOR in known:
        message = f"A service must not be called {OPERATOR}: that is who makes the stream."
        raise ValueError(message)
    here = {one.name for one in services}
    kept = [one for name, one in sorted(known.items()) if name in here or seed_file(folder, name).exists()]
    names = [OPERATOR, *(one.name for one in kept)]
    new = [name for name in names if not seed_file(folder, name).exists()]
    keys = {name: _keep_key(seed_file(folder, name), mode) for name in names}
    _replace(folder / USERS, render_users(keys, rights_of_all(kept)))
    _replace(folder / SERVICES, json.dumps({one.name: asdict(one) for one in kept}, indent=2) + "\n")
    return new


def read_services(folder: Path) -> dict[str, Declared]:
    """The services that have keys in `folder`, by name."""
    path = folder / SERVICES
    entries = json.loads(path.read_text()).values() if path.exists() else ()
    found = [Declared(entry["name"], entry["records"], tuple(entry["listens"])) for entry in entries]
    return {one.name: one for one in found}


def are_fresh(folder: Path) -> bool:
    """Whether the keys were written for the services that are installed here, and after the last change to their code."""
    path, entries = folder / SERVICES, installed()
    if not path.exists() or {entry.name for entry in entries} - read_services(folder).keys():
        return False
    packages = {entry.module.partition(".")[0] for entry in entries} | {__package__}
    return path.stat().st_mtime > max(_changed_at(package) for package in packages)


def rights_of_all(services: Sequence[Declared]) -> dict[str, Rights]:
    """What the operator and each service may do."""
    return {OPERATOR: rights_of_operator(services)} | {one.name: rights_of(one) for one in services}


def rights_of(service: Declared) -> Rights:
    """The least that a service can work with: its own events out, its own consumer, its own inbox.

    It may make no consumer, not even its own: the server binds neither the subjects of one with several of them nor where
    it delivers to, so that would let a service read all events, and send them into the inboxes of others.
    """
    own = (f"{SUBJECT_PREFIX}{service.name}.>",) if service.records else ()
    consumer = (
        f"$JS.API.CONSUMER.MSG.NEXT.{STREAM}.{service.name}",
        f"$JS.API.CONSUMER.INFO.{STREAM}.{service.name}",
        f"$JS.ACK.{STREAM}.{service.name}.>",
    )
    return Rights(own + (consumer if service.listens else ()), (f"{inbox_of(service.name)}.>",))


def rights_of_operator(services: Sequence[Declared]) -> Rights:
    """What `interlinkers nats-prepare` needs: to make the stream and these services' consumers, and nothing of the contents."""
    stream = tuple(f"$JS.API.STREAM.{what}.{STREAM}" for what in ("INFO", "CREATE"))
    consumers = tuple(f"$JS.API.CONSUMER.CREATE.{STREAM}.{one.name}" for one in services if one.listens)
    return Rights(stream + consumers, (f"{inbox_of(OPERATOR)}.>",))


def render_users(keys: Mapping[str, str], rights: Mapping[str, Rights]) -> str:
    """The part of the server's configuration that names all users by their public keys."""
    users = "".join(_render_user(name, key, rights[name]) for name, key in keys.items())
    return f"{HEAD}authorization {{\n  users: [\n{users}  ]\n}}\n"


def _render_user(name: str, key: str, rights: Rights) -> str:
    publish = (
        _render_subjects(rights.publish) if rights.publish else 'deny: ">"'
    )  # an empty list would allow everything
    return (
        f"    {{ # {name}\n      nkey: {key}\n      permissions: {{\n"
        f"        publish: {{{publish}}}\n        subscribe: {{{_render_subjects(rights.subscribe)}}}\n      }}\n    }}\n"
    )


def _render_subjects(subjects: Sequence[str]) -> str:
    lines = "".join(f"\n          {json.dumps(subject)}" for subject in subjects)
    return f"allow: [{lines}\n        ]"


def _keep_folder(folder: Path, mode: int) -> None:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if mode & 0o077 and folder.stat().st_mode & 0o077:
        message = f"Others may enter {folder}, and would read the seeds there: `chmod 700 {folder}` first."
        raise ValueError(message)


def _keep_key(path: Path, mode: int) -> str:
    key = UserKey(kept_secret(path, new_seed))
    path.chmod(mode)
    return key.public


def _replace(path: Path, text: str) -> None:
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.write_text(text)
    draft.chmod(0o644)  # whatever the umask: a server in a container runs as somebody else
    draft.replace(path)  # a server that reads meanwhile finds the old file or the new one


def _changed_at(package: str) -> float:
    spec = find_spec(package)
    folders = spec.submodule_search_locations or () if spec is not None else ()
    return max((path.stat().st_mtime for folder in folders for path in Path(folder).rglob("*.py")), default=0.0)
