"""`interlinkers up` and `status`: the whole family on one machine, under supervisor."""

from __future__ import annotations

import os
import socket
import sys
from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Annotated

import typer

from interlinker_shared import nats_keys
from interlinker_shared.installed import installed
from interlinker_shared.nats_server import find_program, write_config
from interlinker_shared.services.join import mint_join_token
from interlinker_shared.settings import ServiceSettings, kept_secret

FIRST_PORT = 8000

Folder = Annotated[Path, typer.Option(help="Where everything that runs writes.")]


@dataclass(frozen=True)
class Service:
    """An installed service and the port it gets on this machine."""

    name: str
    port: int

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def program(self) -> str:
        """Its command."""
        return str(Path(sys.executable).parent / f"interlinker-{self.name}")


def up(var: Folder = Path("var")) -> None:
    """Run nats-server and every installed service until Ctrl-C; what dies is started again."""
    services = installed_services()
    config = write_supervisor_config(var.resolve(), services, os.environ.get("NATS_URL"))
    for service in services:
        typer.echo(f"{service.name:<10} {service.url}")
    typer.echo(f"logs in {var}/log; stop with Ctrl-C")
    command = str(Path(sys.executable).parent / "supervisord")
    os.execv(command, [command, "--configuration", str(config), "--nodaemon", "--silent"])  # noqa: S606 - our own runner


def status() -> None:
    """Show which services are ready on this machine."""
    from rich.console import Console  # noqa: PLC0415 - `up` needs none of it and starts sooner without
    from rich.table import Table  # noqa: PLC0415 - as above

    table = Table("service", "address", "state")
    ready = True
    for service in installed_services():
        state = _state(service)
        ready = ready and state == "ready"
        table.add_row(service.name, service.url, state)
    Console().print(table)
    raise typer.Exit(0 if ready else 1)


def installed_services() -> list[Service]:
    """Every installed service but the template, the gateway first; PORT_BASE moves the ports."""
    base = int(os.environ.get("PORT_BASE", FIRST_PORT))
    found = [Service(entry.name, base + default_port(entry) - FIRST_PORT) for entry in installed()]
    return sorted(found, key=lambda service: service.port)


def default_port(entry: EntryPoint) -> int:
    """The port that a service listens on unless it is told otherwise; only its settings are loaded for that."""
    settings = import_module(f"{entry.module.rpartition('.')[0]}.settings")
    own = (
        value for value in vars(settings).values() if isinstance(value, type) and value.__module__ == settings.__name__
    )
    found = next(value for value in own if issubclass(value, ServiceSettings))
    port: int = found.model_fields["port"].default
    return port


def write_supervisor_config(var: Path, services: list[Service], nats_url: str | None) -> Path:
    """Write supervisor's configuration below `var` and return its path; without `nats_url` it runs a nats-server too."""
    for folder in (var, var / "log"):
        folder.mkdir(parents=True, exist_ok=True)
    port = None if nats_url else _kept_port(var / "nats.port")
    keys = None if nats_url else kept_keys(var / "nats-keys")
    urls = {service.name: service.url for service in services}
    shared = {
        "NATS_URL": nats_url or f"nats://127.0.0.1:{port}",
        **({"REGISTRY_URL": urls["registry"]} if "registry" in urls else {}),
    }
    sections = [_section_of_supervisor(var)]
    if port is not None and keys is not None:
        sections += _nats_sections(var, port, keys, shared["NATS_URL"])
    joining = _join_tokens(var, [service.name for service in services])
    for service in services:
        environment = _environment(var, service, shared, keys) | joining[service.name]
        sections.append(_section(var, service.name, f"{service.program} serve", environment))
    config = var / "supervisord.conf"
    config.write_text("\n".join(sections))
    config.chmod(0o600)
    return config


def kept_keys(folder: Path) -> Path:
    """The folder of the NATS keys, made or brought up to date first: the services are loaded for that only after a change to them."""
    if not nats_keys.are_fresh(folder):
        nats_keys.write_keys(folder, nats_keys.declared())
    return folder


def _nats_sections(var: Path, port: int, keys: Path, url: str) -> list[str]:
    server = f"{find_program()} -c {write_config(var / 'nats', port, keys / nats_keys.USERS)}"
    prepare = f"{Path(sys.executable).parent / 'interlinkers'} nats-prepare --keys {keys} --url {url}"
    return [
        _section(var, "nats", server, {}, priority=1),
        _section(var, "nats-prepare", prepare, {}, priority=2, once=True),
    ]


def _environment(var: Path, service: Service, shared: dict[str, str], keys: Path | None) -> dict[str, str]:
    prefix = service.name.upper()
    own = {f"{prefix}_PORT": str(service.port), f"{prefix}_DATA_DIR": str(var / service.name)}
    if keys is not None:
        own["NATS_NKEY_SEED_FILE"] = str(nats_keys.seed_file(keys, service.name))
    return shared | own


def _join_tokens(var: Path, names: list[str]) -> dict[str, dict[str, str]]:
    """For each service what lets it into the registry that runs beside it: it needs that the first time only."""
    if "registry" not in names:
        return {name: {} for name in names}
    secret = os.environ.get("REGISTRY_SECRET") or kept_secret(var / "registry" / "registry.secret")
    return {name: {} if name == "registry" else {"JOIN_TOKEN": mint_join_token(secret, name)} for name in names}


def _section_of_supervisor(var: Path) -> str:
    return (
        f"[supervisord]\nlogfile={var}/log/supervisord.log\npidfile={var}/supervisord.pid\nchildlogdir={var}/log\n"
        f"[unix_http_server]\nfile={var}/supervisor.sock\nchmod=0700\n"
        f"[supervisorctl]\nserverurl=unix://{var}/supervisor.sock\n"
        "[rpcinterface:supervisor]\n"
        "supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface\n"
    )


def _section(
    var: Path, name: str, command: str, environment: dict[str, str], *, priority: int = 10, once: bool = False
) -> str:
    pairs = ",".join(f'{key}="{value.replace("%", "%%")}"' for key, value in environment.items())
    again = "autorestart=unexpected\nstartsecs=0" if once else "autorestart=true\nstartsecs=1"
    return (
        f"[program:{name}]\ncommand={command}\npriority={priority}\n{again}\nstartretries=20\n"
        f"stopwaitsecs=15\nredirect_stderr=true\nstdout_logfile={var}/log/{name}.log\n"
        + (f"environment={pairs}\n" if pairs else "")
    )


def _kept_port(path: Path) -> int:
    """A free port, the same one at the next start while nobody else has taken it."""
    port = int(path.read_text()) if path.exists() else 0
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            probe.bind(("127.0.0.1", 0))
        kept: int = probe.getsockname()[1]
    path.write_text(str(kept))
    return kept


def _state(service: Service) -> str:
    import httpx  # noqa: PLC0415 - as in `status`

    try:
        answer = httpx.get(f"{service.url}/health/ready", timeout=2)
    except httpx.HTTPError:
        return "away"
    return "ready" if answer.status_code == httpx.codes.OK else f"not ready ({answer.status_code})"
