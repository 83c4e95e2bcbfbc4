"""A template from plain JSON: checked against the published schema, then against itself, then made into values."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from interlinker_gateway.definition.checks import semantic_errors
from interlinker_gateway.domain.model import Decision, Import, Phase, Task, TaskId, Template, Uses, Wait
from interlinker_shared.errors import FieldError, InvalidError

if TYPE_CHECKING:
    from jsonschema import Draft202012Validator, ValidationError

MAX_ERRORS = 50
KINDS = ("uses", "decision", "wait")


@cache
def schema() -> dict[str, Any]:
    """The published JSON Schema of templates, version 1."""
    text = files("interlinker_gateway").joinpath("schemas/template-1.json").read_text(encoding="utf-8")
    return dict(json.loads(text))


@cache
def _validator() -> Draft202012Validator:
    from jsonschema import Draft202012Validator  # noqa: PLC0415 - with the first template; starting need not wait for it

    return Draft202012Validator(schema())


def read_template(document: Any, *, capabilities: Collection[str] | None) -> Template:
    """The template, or InvalidError with every place that is wrong; `capabilities` None checks none of them."""
    errors = schema_errors(document) or semantic_errors(document, capabilities)
    if errors:
        raise InvalidError.many(errors[:MAX_ERRORS])
    return build(document)


def schema_errors(document: Any) -> list[FieldError]:
    """What the schema finds wrong, in the order of the document."""
    found = sorted(_validator().iter_errors(document), key=lambda error: [str(step) for step in error.absolute_path])
    return [FieldError(pointer_to(error.absolute_path), _message(error), "schema") for error in found]


def pointer_to(path: Iterable[str | int]) -> str:
    """The RFC 6901 pointer of a path of keys and positions."""
    return "".join(f"/{str(step).replace('~', '~0').replace('/', '~1')}" for step in path)


def _message(error: ValidationError) -> str:
    """One sentence; the validator's own words where they are good enough."""
    if error.validator == "oneOf" and "decision" in str(error.validator_value):
        return f"A task is exactly one of {', '.join(KINDS)}."
    if error.validator == "oneOf":
        return "A wait has exactly one of for, until, event."
    if error.validator == "unevaluatedProperties":
        return f"A task of this kind has no such field: {error.message[:200]}"
    return error.message[:300]


def build(document: dict[str, Any]) -> Template:
    """The values of a document that is known to be right, as one read back from the database is."""
    return Template(
        id=document["id"],
        version=document["version"],
        title=document["title"],
        description=document.get("description", {}),
        inputs=document.get("inputs", {}),
        phases=tuple(_phase(phase) for phase in document["phases"]),
    )


def _phase(phase: dict[str, Any]) -> Phase:
    return Phase(phase["id"], phase.get("title", {}), tuple(_task(phase["id"], task) for task in phase["tasks"]))


def _task(phase: str, task: dict[str, Any]) -> Task:
    return Task(
        id=TaskId(task["id"]),
        phase=phase,
        title=task.get("title", {}),
        work=_work(task),
        needs=tuple(map(TaskId, task.get("needs", ()))),
        condition=task.get("if"),
    )


def _work(task: dict[str, Any]) -> Uses | Decision | Wait:
    if "uses" in task:
        imports = tuple(_import(edge) for edge in task.get("import", ()))
        return Uses(task["uses"], task.get("with", {}), imports, task.get("closes"))
    if "decision" in task:
        decision = task["decision"]
        back = {option: TaskId(target) for option, target in task.get("on", {}).items()}
        return Decision(decision["role"], tuple(decision["options"]), decision.get("quorum", 1), back)
    wait = task["wait"]
    return Wait(wait.get("for"), wait.get("until"), wait.get("event"), wait.get("match"))


def _import(edge: dict[str, Any]) -> Import:
    return Import(TaskId(edge["from"]), edge["items"], edge.get("map", {}), edge.get("limit"))
