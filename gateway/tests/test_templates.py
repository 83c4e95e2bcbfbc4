import copy
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from interlinker_gateway.definition.reading import read_template, schema
from interlinker_gateway.domain.model import Decision, TaskId, Uses, Wait
from interlinker_shared.errors import InvalidError

CAPABILITIES = {"survey", "ideation"}
TEMPLATE: dict[str, Any] = {
    "id": "budget",
    "version": "1.0.0",
    "title": {"en": "A budget"},
    "inputs": {"amount": "integer"},
    "phases": [
        {
            "id": "engage",
            "tasks": [
                {
                    "id": "needs",
                    "uses": "survey",
                    "with": {"title": "Needs", "max": "${{ inputs.amount }}"},
                    "closes": "P14D",
                },
                {"id": "pause", "wait": {"for": "PT1H"}, "needs": ["needs"]},
            ],
        },
        {
            "id": "design",
            "tasks": [
                {
                    "id": "ideas",
                    "uses": "ideation",
                    "needs": ["pause"],
                    "if": "${{ size(tasks.needs.result.items) > 0 }}",
                    "import": [
                        {
                            "from": "needs",
                            "items": "${{ tasks.needs.result.items.filter(i, i.ok) }}",
                            "map": {"title": "${{ item.text }}"},
                            "limit": 10,
                        }
                    ],
                },
                {
                    "id": "approve",
                    "decision": {"role": "coordinator", "options": ["accept", "revise"]},
                    "needs": ["ideas"],
                    "on": {"revise": "ideas"},
                },
            ],
        },
    ],
}


def changed(path: str, value: Any) -> dict[str, Any]:
    """The template above with one place changed; None takes the place away."""
    document = copy.deepcopy(TEMPLATE)
    *steps, last = [int(step) if step.isdigit() else step for step in path.strip("/").split("/")]
    place: Any = document
    for step in steps:
        place = place[step]
    if isinstance(place, list) and last == len(place):
        place.append(value)
    elif value is None:
        del place[last]
    else:
        place[last] = value
    return document


def test_the_published_schema_is_a_schema() -> None:
    Draft202012Validator.check_schema(schema())


def test_a_good_template_becomes_values() -> None:
    template = read_template(TEMPLATE, capabilities=CAPABILITIES)
    needs, pause, ideas, approve = template.tasks()
    assert isinstance(needs.work, Uses)
    assert needs.work.closes == "P14D"
    assert pause.work == Wait(duration="PT1H")
    assert ideas.imports[0].limit == 10
    assert approve.work == Decision("coordinator", ("accept", "revise"), 1, {"revise": TaskId("ideas")})


TASKS = "/phases/0/tasks"
WRONG = [
    ("/id", "Has Spaces", "/id", "schema"),
    ("/version", "1", "/version", "schema"),
    ("/title", {}, "/title", "schema"),
    ("/inputs", {"amount": "money"}, "/inputs/amount", "schema"),
    ("/extra", 1, "", "schema"),
    (f"{TASKS}/0/decision", {"role": "a", "options": ["b"]}, f"{TASKS}/0", "schema"),
    (f"{TASKS}/0/on", {"a": "needs"}, f"{TASKS}/0", "schema"),
    (f"{TASKS}/1/wait", {"for": "P1D", "until": "${{ 1 }}"}, f"{TASKS}/1/wait", "schema"),
    (f"{TASKS}/1/wait", {"for": "P1D", "match": "${{ true }}"}, f"{TASKS}/1/wait", "schema"),
    (f"{TASKS}/1/id", "needs", f"{TASKS}/1/id", "duplicate-task"),
    ("/phases/1/id", "engage", "/phases/1/id", "duplicate-phase"),
    (f"{TASKS}/1/needs/0", "nobody", f"{TASKS}/1/needs/0", "unknown-task"),
    ("/phases/1/tasks/0/import/0/from", "nobody", "/phases/1/tasks/0/import/0/from", "unknown-task"),
    ("/phases/1/tasks/1/on", {"revise": "nobody"}, "/phases/1/tasks/1/on/revise", "unknown-task"),
    ("/phases/1/tasks/1/on", {"maybe": "ideas"}, "/phases/1/tasks/1/on/maybe", "unknown-option"),
    ("/phases/1/tasks/1/on", {"revise": "approve"}, "/phases/1/tasks/1/on/revise", "not-upstream"),
    (f"{TASKS}/0/needs", ["ideas"], f"{TASKS}/0", "cycle"),
    (f"{TASKS}/0/needs", ["needs"], f"{TASKS}/0", "cycle"),
    (f"{TASKS}/0/uses", "petition", f"{TASKS}/0/uses", "unknown-capability"),
    (f"{TASKS}/0/closes", "a fortnight", f"{TASKS}/0/closes", "bad-duration"),
    (f"{TASKS}/1/wait", {"for": "P99Y"}, f"{TASKS}/1/wait/for", "bad-duration"),
    (f"{TASKS}/0/with", {"a": ["${{ 1 + }}"]}, f"{TASKS}/0/with/a/0", "broken-expression"),
    (f"{TASKS}/0/with", {"a": "${{ inputs.nothing }}"}, f"{TASKS}/0/with/a", "broken-expression"),
    (f"{TASKS}/0/with", {"a": "${{ item.id }}"}, f"{TASKS}/0/with/a", "broken-expression"),
    (f"{TASKS}/0/if", "${{ tasks.ideas.state == 'done' }}", f"{TASKS}/0/if", "broken-expression"),
    (f"{TASKS}/0/if", "${{ tasks['needs'].state }}", f"{TASKS}/0/if", "broken-expression"),
    (f"{TASKS}/0/if", "${{ now() > 1 }}", f"{TASKS}/0/if", "broken-expression"),
    (f"{TASKS}/0/if", "${{ true }} or so", f"{TASKS}/0/if", "broken-expression"),
    (
        "/phases/1/tasks/0/import/0/map",
        {"t": "${{ thing.x }}"},
        "/phases/1/tasks/0/import/0/map/t",
        "broken-expression",
    ),
]


@pytest.mark.parametrize(("place", "value", "pointer", "code"), WRONG)
def test_a_wrong_template_is_refused_with_the_place(place: str, value: Any, pointer: str, code: str) -> None:
    with pytest.raises(InvalidError) as refused:
        read_template(changed(place, value), capabilities=CAPABILITIES)
    assert (pointer, code) in [(field.pointer, field.code) for field in refused.value.fields]


def test_a_cycle_is_named() -> None:
    with pytest.raises(InvalidError, match=r"needs -> ideas -> (pause -> )?needs"):
        read_template(changed(f"{TASKS}/0/needs", ["ideas"]), capabilities=CAPABILITIES)


@pytest.mark.parametrize("document", [None, 1, "x", [], {}, {"phases": [{}]}])
def test_anything_else_is_no_template(document: Any) -> None:
    with pytest.raises(InvalidError):
        read_template(document, capabilities=None)


def test_without_a_list_of_capabilities_all_are_taken() -> None:
    assert read_template(changed(f"{TASKS}/0/uses", "petition"), capabilities=None).id == "budget"
