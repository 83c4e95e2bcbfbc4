"""What a schema cannot say: that tasks exist, order holds, expressions parse and refer to what is there by then."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from interlinker_gateway.definition.durations import duration
from interlinker_gateway.definition.expressions import BrokenExpressionError, Expression, expressions_in, only, split
from interlinker_gateway.domain.graph import find_cycle, upstream
from interlinker_shared.errors import FieldError

EVERYWHERE = frozenset({"inputs", "tasks"})


@dataclass(frozen=True)
class _Placed:
    """A task as written, and where it stands."""

    pointer: str
    task: Mapping[str, Any]

    @property
    def id(self) -> str:
        return str(self.task["id"])

    @property
    def imports(self) -> list[tuple[str, Mapping[str, Any]]]:
        return [(f"{self.pointer}/import/{number}", edge) for number, edge in enumerate(self.task.get("import", ()))]

    @property
    def needs(self) -> list[str]:
        return [*self.task.get("needs", ()), *(edge["from"] for _, edge in self.imports)]


@dataclass(frozen=True)
class _Scope:
    """What an expression at one place may refer to."""

    inputs: frozenset[str]
    tasks: frozenset[str]
    upstream: frozenset[str]
    variables: frozenset[str] = EVERYWHERE

    def with_variable(self, name: str) -> _Scope:
        return _Scope(self.inputs, self.tasks, self.upstream, self.variables | {name})


def semantic_errors(document: Mapping[str, Any], capabilities: Collection[str] | None) -> list[FieldError]:
    """Every error in a document that its schema finds right; expressions only once the order of tasks holds."""
    placed = _placed(document)
    errors = [*_names(document, placed), *_edges(placed), *_capabilities(placed, capabilities), *_durations(placed)]
    if not errors:
        errors = _cycle(placed)
    return errors or [*_ways_back(placed), *_expressions(document, placed)]


def _placed(document: Mapping[str, Any]) -> list[_Placed]:
    return [
        _Placed(f"/phases/{number}/tasks/{position}", task)
        for number, phase in enumerate(document["phases"])
        for position, task in enumerate(phase["tasks"])
    ]


def _names(document: Mapping[str, Any], placed: list[_Placed]) -> Iterator[FieldError]:
    phases = [(f"/phases/{number}/id", phase["id"]) for number, phase in enumerate(document["phases"])]
    for kind, named in (("phase", phases), ("task", [(f"{task.pointer}/id", task.id) for task in placed])):
        seen: set[str] = set()
        for pointer, name in named:
            if name in seen:
                yield FieldError(pointer, f"There is another {kind} {name!r}.", f"duplicate-{kind}")
            seen.add(name)


def _edges(placed: list[_Placed]) -> Iterator[FieldError]:
    """Everything that names a task names one that exists."""
    known = {task.id for task in placed}
    for task in placed:
        named = [(f"{task.pointer}/needs/{number}", need) for number, need in enumerate(task.task.get("needs", ()))]
        named += [(f"{pointer}/from", edge["from"]) for pointer, edge in task.imports]
        named += [(f"{task.pointer}/on/{option}", target) for option, target in task.task.get("on", {}).items()]
        for pointer, name in named:
            if name not in known:
                yield FieldError(pointer, f"There is no task {name!r}.", "unknown-task")


def _cycle(placed: list[_Placed]) -> list[FieldError]:
    cycle = find_cycle({task.id: task.needs for task in placed})
    if cycle is None:
        return []
    first = next(task for task in placed if task.id == cycle[0])
    return [FieldError(first.pointer, f"These tasks wait for each other: {' -> '.join(cycle)}.", "cycle")]


def _capabilities(placed: list[_Placed], capabilities: Collection[str] | None) -> Iterator[FieldError]:
    for task in placed if capabilities is not None else ():
        wanted = task.task.get("uses")
        if wanted is not None and capabilities is not None and wanted not in capabilities:
            offered = ", ".join(sorted(capabilities)) or "none"
            message = f"No Interlinker offers the capability {wanted!r}; offered are: {offered}."
            yield FieldError(f"{task.pointer}/uses", message, "unknown-capability")


def _durations(placed: list[_Placed]) -> Iterator[FieldError]:
    for task in placed:
        wait = task.task.get("wait", {})
        for pointer, text in (
            (f"{task.pointer}/closes", task.task.get("closes")),
            (f"{task.pointer}/wait/for", wait.get("for")),
        ):
            if text is not None:
                yield from _tried(pointer, duration, text, "bad-duration")


def _tried(pointer: str, check: Callable[[str], object], text: str, code: str) -> Iterator[FieldError]:
    try:
        check(text)
    except ValueError as error:
        yield FieldError(pointer, f"{error}.", code)


def _ways_back(placed: list[_Placed]) -> Iterator[FieldError]:
    needs = {task.id: task.needs for task in placed}
    for task in placed:
        options = task.task.get("decision", {}).get("options", ())
        for option, target in task.task.get("on", {}).items():
            if option not in options:
                yield FieldError(
                    f"{task.pointer}/on/{option}", f"{option!r} is not one of the options.", "unknown-option"
                )
            elif target not in upstream(needs, task.id):
                message = (
                    f"The way back must lead to an earlier task, and {target!r} does not come before this decision."
                )
                yield FieldError(f"{task.pointer}/on/{option}", message, "not-upstream")


def _expressions(document: Mapping[str, Any], placed: list[_Placed]) -> Iterator[FieldError]:
    needs = {task.id: task.needs for task in placed}
    inputs, tasks = frozenset(document.get("inputs", {})), frozenset(needs)
    for task in placed:
        scope = _Scope(inputs, tasks, upstream(needs, task.id))
        for pointer, text, whole, inner in _texts(task, scope):
            yield from _expression_errors(pointer, text, whole=whole, scope=inner)


def _texts(task: _Placed, scope: _Scope) -> Iterator[tuple[str, str, bool, _Scope]]:
    """Each text with expressions: its pointer, itself, whether it must be one expression, and its scope."""
    wait = task.task.get("wait", {})
    if "if" in task.task:
        yield f"{task.pointer}/if", task.task["if"], True, scope
    if "until" in wait:
        yield f"{task.pointer}/wait/until", wait["until"], True, scope
    if "match" in wait:
        yield f"{task.pointer}/wait/match", wait["match"], True, scope.with_variable("event")
    for pointer, text in expressions_in(task.task.get("with", {}), f"{task.pointer}/with"):
        yield pointer, text, False, scope
    for pointer, edge in task.imports:
        yield f"{pointer}/items", edge["items"], True, scope
        for place, text in expressions_in(edge.get("map", {}), f"{pointer}/map"):
            yield place, text, False, scope.with_variable("item")


def _expression_errors(pointer: str, text: str, *, whole: bool, scope: _Scope) -> Iterator[FieldError]:
    try:
        pieces = (only(text),) if whole else split(text)
    except BrokenExpressionError as error:
        yield FieldError(pointer, str(error), "broken-expression")
        return
    for piece in pieces:
        if isinstance(piece, Expression):
            yield from (FieldError(pointer, message, "broken-expression") for message in _misused(piece, scope))


def _misused(expression: Expression, scope: _Scope) -> Iterator[str]:
    for name in sorted(expression.variables - scope.variables):
        yield f"There is no variable {name!r} here; there are: {', '.join(sorted(scope.variables))}."
    for name in sorted(expression.unknown_functions):
        yield f"There is no function {name!r}."
    for name in sorted(expression.members("inputs") - scope.inputs):
        yield f"There is no input {name!r}." if name else "Write inputs.<name>: an input is named, not computed."
    for name in sorted(expression.members("tasks") - scope.upstream):
        yield _misused_task(name, scope)


def _misused_task(name: str, scope: _Scope) -> str:
    if not name:
        return "Write tasks.<id>: a task is named, not computed."
    if name in scope.tasks:
        return f"The task {name!r} may not have ended when this is evaluated: add it to needs."
    return f"There is no task {name!r}."
