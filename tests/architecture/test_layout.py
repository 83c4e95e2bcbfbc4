"""The same files in every service, and nothing that has grown too long or turned into a drawer."""

from __future__ import annotations

import ast
from collections.abc import Callable
from pathlib import Path

from tests.architecture.house import House, parse, read

Plant = Callable[[dict[str, str]], House]

FORUM = "interlinkers/forum/src/interlinker_forum"
BESIDE = ("README.md", "publiccode.yml", "contract/openapi.json", "contract/asyncapi.json", "tests")
MODULES = (
    "app",
    "settings",
    "api",
    "actions",
    "store",
    "events",
    "subscribers",
    "domain",
    "pages",
    "cli",
    "migrations",
    "templates",
)
OTHER_NAMES = {  # what lives in a module has one name in this house
    "crud": "store", "dao": "store", "repository": "store", "queries": "store", "tables": "store",
    "schemas": "models", "routes": "api", "routers": "api", "endpoints": "api", "controllers": "api", "views": "pages",
    "services": "actions", "usecases": "actions", "consumers": "subscribers", "listeners": "subscribers",
    "config": "settings", "exceptions": "domain", "main": "app", "server": "app",
}  # fmt: skip
DRAWERS = {"utils", "helpers", "common", "misc", "manager"}
LONGEST_FUNCTION = 60
LONGEST_FILE = 500


def missing_files(house: House) -> list[str]:
    """What a service lacks of the files that every service has."""
    return [
        f"{one.where}: {name}"
        for one in house.services
        for name in [*BESIDE, *(f"src/{one.package}/{module}" for module in MODULES)]
        if not (one.folder / name).exists() and not (one.folder / f"{name}.py").exists()
    ]


def other_names(house: House) -> list[str]:
    """Modules of a service under another name than the one their kind has in this house."""
    return [
        f"{one.where}: call {part} {OTHER_NAMES[part]}"
        for one in house.services
        for part in sorted({module.part for module in one.modules} & OTHER_NAMES.keys())
    ]


def drawers(house: House) -> list[str]:
    """Modules named after nothing in particular."""
    return [path.relative_to(house.root).as_posix() for path in house.python_files if path.stem in DRAWERS]


def packages_of_tests(house: House) -> list[str]:
    """Tests that are packages, which pytest's importlib mode does not want."""
    return [
        path.relative_to(house.root).as_posix()
        for path in house.python_files
        if path.name == "__init__.py" and any(path.parent.glob("test_*.py"))
    ]


def long_functions(house: House) -> list[str]:
    """Functions whose body, without its docstring, is over 60 lines."""
    return [
        f"{path.relative_to(house.root).as_posix()}:{node.lineno}: {node.name} has {length} lines"
        for path in house.python_files
        for node in ast.walk(parse(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and (length := body_lines(node)) > LONGEST_FUNCTION
    ]


def body_lines(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines from the first statement after the docstring to the last."""
    body = node.body[1:] if ast.get_docstring(node) is not None else node.body
    return (node.end_lineno or node.lineno) - body[0].lineno + 1 if body else 0


def long_files(house: House) -> list[str]:
    """Files over 500 lines."""
    lengths = {path: len(read(path).splitlines()) for path in house.python_files}
    return [
        f"{path.relative_to(house.root).as_posix()}: {lines}" for path, lines in lengths.items() if lines > LONGEST_FILE
    ]


def test_every_service_has_the_same_files(house: House) -> None:
    assert missing_files(house) == []


def test_a_missing_file_is_found(plant: Plant, tmp_path: Path) -> None:
    house = plant({f"{FORUM}/{module}/__init__.py": "" for module in MODULES})
    (tmp_path / "interlinkers/forum/README.md").touch()
    lacking = [line for line in missing_files(house) if line.startswith("interlinkers/forum")]
    assert lacking == [f"interlinkers/forum: {name}" for name in BESIDE if name != "README.md"]


def test_modules_of_one_kind_have_one_name(house: House) -> None:
    assert other_names(house) == []


def test_another_name_is_found(plant: Plant) -> None:
    assert other_names(plant({f"{FORUM}/crud.py": ""})) == ["interlinkers/forum: call crud store"]


def test_there_are_no_drawers(house: House) -> None:
    assert drawers(house) == []


def test_a_drawer_is_found(plant: Plant) -> None:
    assert drawers(plant({"interlinkers/forum/tests/helpers.py": ""})) == ["interlinkers/forum/tests/helpers.py"]


def test_tests_are_no_packages(house: House) -> None:
    assert packages_of_tests(house) == []


def test_a_test_package_is_found(plant: Plant) -> None:
    assert packages_of_tests(plant({"gateway/tests/__init__.py": "", "gateway/tests/test_x.py": ""})) == [
        "gateway/tests/__init__.py"
    ]


def test_no_function_is_over_sixty_lines(house: House) -> None:
    assert long_functions(house) == []


def test_a_long_function_is_found(plant: Plant) -> None:
    fits = "def fits():\n    '''Doc.'''\n" + "    x = 1\n" * 60
    over = "async def over():\n" + "    x = 1\n" * 61
    house = plant({f"{FORUM}/fits.py": fits, f"{FORUM}/over.py": over})
    assert long_functions(house) == [f"{FORUM}/over.py:1: over has 61 lines"]


def test_no_file_is_over_five_hundred_lines(house: House) -> None:
    assert long_files(house) == []


def test_a_long_file_is_found(plant: Plant) -> None:
    assert long_files(plant({f"{FORUM}/long.py": "x = 1\n" * 501})) == [f"{FORUM}/long.py: 501"]
