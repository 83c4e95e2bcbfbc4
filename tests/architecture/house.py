"""Reads the tree: which distributions there are, and what their modules import and say. Runs nothing of it."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from deploy.dev.locked import named

SERVICES = "interlinkers.services"


@dataclass(frozen=True)
class Import:
    """One name that a module imports, with the line to point at."""

    where: str
    target: str


@dataclass(frozen=True)
class Module:
    """One Python file of a distribution's package."""

    path: Path
    name: str
    package: str
    root: Path

    @property
    def where(self) -> str:
        return self.path.relative_to(self.root).as_posix()

    @property
    def part(self) -> str:
        """The first name below the package: `store` of interlinker_forum.store.posts, "" of the package itself."""
        return self.name.removeprefix(self.package).lstrip(".").split(".")[0]

    @property
    def text(self) -> str:
        return read(self.path)

    @property
    def tree(self) -> ast.Module:
        return parse(self.path)

    @cached_property
    def imports(self) -> tuple[Import, ...]:
        """Every absolute name imported, relative ones resolved; `from x import y` counts as x.y."""
        return tuple(self._imports())

    def _imports(self) -> Iterator[Import]:
        for node in ast.walk(self.tree):
            where = f"{self.where}:{getattr(node, 'lineno', 0)}"
            if isinstance(node, ast.Import):
                yield from (Import(where, alias.name) for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                base = self._base(node)
                yield from (Import(where, f"{base}.{alias.name}") for alias in node.names)

    def _base(self, node: ast.ImportFrom) -> str:
        if not node.level:
            return node.module or ""
        parts = self.name.split(".") + ([""] if self.path.name == "__init__.py" else [])
        return ".".join(filter(None, [*parts[: -node.level], node.module or ""]))


@dataclass(frozen=True)
class Distribution:
    """A folder with a pyproject.toml: shared, the gateway or an Interlinker."""

    folder: Path
    root: Path

    @property
    def where(self) -> str:
        return self.folder.relative_to(self.root).as_posix()

    @cached_property
    def project(self) -> dict[str, Any]:
        project: dict[str, Any] = tomllib.loads((self.folder / "pyproject.toml").read_text())["project"]
        return project

    @property
    def is_service(self) -> bool:
        return SERVICES in self.project.get("entry-points", {})

    @property
    def declared(self) -> set[str]:
        """The packages it says it needs, extras included."""
        extras = self.project.get("optional-dependencies", {}).values()
        return {
            named(line)
            for line in [*self.project.get("dependencies", []), *(line for extra in extras for line in extra)]
        }

    @cached_property
    def package(self) -> str:
        """The import name: the one folder under src/."""
        return next(
            path.name
            for path in sorted((self.folder / "src").iterdir())
            if path.is_dir() and "interlinker" in path.name
        )

    @cached_property
    def modules(self) -> tuple[Module, ...]:
        """Its package's modules."""
        source = self.folder / "src"
        return tuple(self._module(path, source) for path in sorted((source / self.package).rglob("*.py")))

    @cached_property
    def by_name(self) -> dict[str, Module]:
        """Its modules by their dotted names."""
        return {module.name: module for module in self.modules}

    def _module(self, path: Path, source: Path) -> Module:
        parts = path.relative_to(source).with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        return Module(path=path, name=name, package=self.package, root=self.root)


@dataclass(frozen=True)
class House:
    """A tree laid out as the architecture says."""

    root: Path

    @cached_property
    def distributions(self) -> tuple[Distribution, ...]:
        projects = [*self.root.glob("*/pyproject.toml"), *self.root.glob("interlinkers/*/pyproject.toml")]
        return tuple(Distribution(path.parent, self.root) for path in sorted(projects))

    @property
    def services(self) -> tuple[Distribution, ...]:
        """Those that name an application in the entry point group, wherever their folder is."""
        return tuple(one for one in self.distributions if one.is_service)

    @property
    def interlinkers(self) -> tuple[Distribution, ...]:
        """The services that live in interlinkers/, the template included."""
        return tuple(one for one in self.services if one.folder.parent.name == "interlinkers")

    def one(self, where: str) -> Distribution | None:
        """The distribution in that folder, if there is one."""
        return next((one for one in self.distributions if one.where == where), None)

    @cached_property
    def python_files(self) -> tuple[Path, ...]:
        """Every Python file that is ours."""
        tops = ("shared", "gateway", "interlinkers", "tests", "deploy")
        return tuple(
            path for top in tops for path in sorted((self.root / top).rglob("*.py")) if "__pycache__" not in path.parts
        )


@cache
def read(path: Path) -> str:
    """A file's text, read once."""
    return path.read_text(encoding="utf-8")


@cache
def parse(path: Path) -> ast.Module:
    """A file's syntax, parsed once."""
    return ast.parse(read(path), filename=str(path))


def lines_with(pattern: re.Pattern[str], path: Path, root: Path) -> Iterator[str]:
    """`file:line: match` for each line that holds the pattern."""
    for number, line in enumerate(read(path).splitlines(), 1):
        if match := pattern.search(line):
            yield f"{path.relative_to(root).as_posix()}:{number}: {match.group()}"


def top_level(name: str) -> str:
    """The first part of a dotted name."""
    return name.partition(".")[0]


STANDARD = frozenset(sys.stdlib_module_names)
