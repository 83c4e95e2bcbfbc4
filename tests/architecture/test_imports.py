"""Who may import whom: services, layers, the broker, declared dependencies."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib.metadata import packages_distributions

from deploy.dev.locked import named, normal
from deploy.dev.notice import run_time_roots
from tests.architecture.house import STANDARD, Distribution, House, Import, Module, top_level

Plant = Callable[[dict[str, str]], House]

FORUM = "interlinkers/forum/src/interlinker_forum"
SHARED = "shared/src/interlinker_shared"
PROJECT = '[project]\nname = "interlinker-gateway"\ndependencies = ["fastapi", "interlinker-shared", "ruff"]\n'
# Libraries that come as a part of another and are documented as such.
PART_OF = {"markupsafe": "jinja2", "pydantic-core": "pydantic", "starlette": "fastapi"}
# From the top: a module may import what stands lower; its neighbours on the same step are not its business.
LAYERS = {"app": 4, "api": 3, "pages": 3, "subscribers": 3, "actions": 2, "store": 1, "events": 1, "domain": 0}


def foreign_imports(house: House) -> list[str]:
    """Imports of one service from another, or of any service from shared."""
    packages = {one.package: one for one in house.services}
    return [
        f"{found.where}: {one.where} imports {found.target}"
        for one in house.distributions
        for module in one.modules
        for found in module.imports
        if packages.get(top_level(found.target), one) is not one
    ]


def broker_imports(house: House) -> list[str]:
    """Imports of nats anywhere but in shared."""
    return [
        found.where
        for one in house.distributions
        if one.where != "shared"
        for module in one.modules
        for found in module.imports
        if top_level(found.target) == "nats"
    ]


def upward_imports(house: House) -> list[str]:
    """Imports against the order of the layers, also by way of a module that is in none."""
    return [complaint for one in house.services for complaint in _upward(one)]


def _upward(one: Distribution) -> Iterator[str]:
    for module in one.modules:
        if module.part in LAYERS:
            for found, part in _reached(module, one):
                if part != module.part and LAYERS[part] >= LAYERS[module.part]:
                    yield f"{found.where}: {module.part} reaches {part} ({found.target})"


def _reached(module: Module, one: Distribution) -> Iterator[tuple[Import, str]]:
    """The layers that a module's imports lead to; a module outside the layers is looked through."""
    for found in module.imports:
        target = _own(found.target, one)
        yield from ((found, part) for part in sorted(_parts_from(target, module, one)) if target is not None)


def _parts_from(first: Module | None, module: Module, one: Distribution) -> set[str]:
    """The layers behind an import: each module is looked at once, whatever the number of ways to it."""
    parts: set[str] = set()
    seen = {module.name}
    waiting = [first]
    while waiting:
        target = waiting.pop()
        if target is None or target.name in seen:
            continue
        seen.add(target.name)
        if target.part in LAYERS:
            parts.add(target.part)
        elif target.part:
            waiting += (_own(further.target, one) for further in target.imports)
    return parts


def _own(target: str, one: Distribution) -> Module | None:
    """The module of this distribution that an imported name lies in."""
    while target and target not in one.by_name:
        target = target.rpartition(".")[0]
    return one.by_name.get(target)


def impure_domains(house: House) -> list[str]:
    """Imports of a domain from outside the standard library, the shared errors and the service's own rules."""
    return [
        f"{found.where}: {found.target}"
        for one in house.services
        for module in one.modules
        if module.part == "domain"
        for found in module.imports
        if top_level(found.target) not in STANDARD | {one.package}
        and not found.target.startswith("interlinker_shared.errors")
    ]


def undeclared_imports(house: House) -> list[str]:
    """Third-party imports that the distribution's pyproject.toml does not ask for; migrations are shared's to run."""
    providers = packages_distributions()
    return [
        f"{found.where}: {one.where} does not declare {top_level(found.target)}"
        for one in house.distributions
        for module in one.modules
        if module.part != "migrations"
        for found in module.imports
        if top_level(found.target) not in STANDARD | {one.package, "__future__"}
        and not provided(providers.get(top_level(found.target), [top_level(found.target)])) & one.declared
    ]


def provided(names: list[str]) -> set[str]:
    """The distributions, by their compared names, that bring an import; a part counts as the whole too."""
    return {whole for name in names for whole in (normal(name), PART_OF.get(normal(name), normal(name)))}


def unlocked_dependencies(house: House) -> list[str]:
    """Declared run-time dependencies that the run-time part of requirements.in does not name."""
    known = run_time_roots((house.root / "requirements.in").read_text()) | {
        normal(one.project["name"]) for one in house.distributions
    }
    return [
        f"{one.where}: {name}"
        for one in house.distributions
        for name in sorted({named(line) for line in one.project.get("dependencies", [])} - known)
    ]


def test_no_service_imports_another(house: House) -> None:
    assert foreign_imports(house) == []


def test_an_import_of_another_service_is_found(plant: Plant) -> None:
    house = plant(
        {
            f"{FORUM}/actions.py": "from interlinker_survey import store\n",
            f"{SHARED}/app.py": "import interlinker_gateway\n",
        }
    )
    assert len(foreign_imports(house)) == 2


def test_only_shared_imports_nats(house: House) -> None:
    assert broker_imports(house) == []


def test_an_import_of_nats_is_found(plant: Plant) -> None:
    assert broker_imports(plant({f"{SHARED}/events.py": "import nats\n"})) == []
    assert broker_imports(plant({f"{FORUM}/events.py": "from nats.js import api\n"})) == [f"{FORUM}/events.py:1"]


def test_imports_follow_the_order_of_the_layers(house: House) -> None:
    assert upward_imports(house) == []


def test_an_upward_import_is_found(plant: Plant) -> None:
    house = plant({f"{FORUM}/store.py": "from interlinker_forum import actions\n", f"{FORUM}/actions.py": ""})
    assert upward_imports(house) == [f"{FORUM}/store.py:1: store reaches actions (interlinker_forum.actions)"]


def test_a_relative_import_of_a_neighbour_is_found(plant: Plant) -> None:
    house = plant(
        {
            f"{FORUM}/api/__init__.py": "",
            f"{FORUM}/api/boards.py": "from ..pages import page\n",
            f"{FORUM}/pages.py": "",
        }
    )
    assert upward_imports(house) == [f"{FORUM}/api/boards.py:1: api reaches pages (interlinker_forum.pages.page)"]


def test_an_upward_import_by_a_detour_is_found(plant: Plant) -> None:
    house = plant(
        {
            f"{FORUM}/domain.py": "from interlinker_forum.rendering import html\n",
            f"{FORUM}/rendering.py": "from interlinker_forum.store import rows\n",
            f"{FORUM}/store.py": "",
        }
    )
    assert upward_imports(house) == [f"{FORUM}/domain.py:1: domain reaches store (interlinker_forum.rendering.html)"]


def test_domains_are_pure(house: House) -> None:
    assert impure_domains(house) == []


def test_a_domain_that_imports_a_library_is_found(plant: Plant) -> None:
    house = plant(
        {f"{FORUM}/domain.py": "import math\nfrom interlinker_shared.errors import DomainError\nimport sqlalchemy\n"}
    )
    assert impure_domains(house) == [f"{FORUM}/domain.py:3: sqlalchemy"]


def test_each_distribution_declares_what_it_imports(house: House) -> None:
    assert undeclared_imports(house) == []


def test_an_undeclared_import_is_found(plant: Plant) -> None:
    house = plant({f"{FORUM}/api/boards.py": "import json\nimport fastapi\nimport yaml\n"})
    assert undeclared_imports(house) == [f"{FORUM}/api/boards.py:3: interlinkers/forum does not declare yaml"]


def test_requirements_name_every_declared_dependency(house: House) -> None:
    assert unlocked_dependencies(house) == []


def test_a_dependency_that_is_not_locked_is_found(plant: Plant) -> None:
    house = plant({"requirements.in": "fastapi>=0.165\n# --- tools\nruff\n", "gateway/pyproject.toml": PROJECT})
    assert unlocked_dependencies(house) == ["gateway: ruff"]
