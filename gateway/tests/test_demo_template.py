"""The template that the demo plays."""

from pathlib import Path

import pytest

from interlinker_gateway.definition.expressions import rendered
from interlinker_gateway.definition.reading import read_template
from interlinker_gateway.definition.source import read_yaml
from interlinker_gateway.domain.model import Template

DEMO = Path(__file__).parents[2] / "deploy" / "demo" / "neighbourhood-budget.yaml"


@pytest.fixture
def demo() -> Template:
    return read_template(read_yaml(DEMO.read_bytes()), capabilities={"survey", "ideation", "forum"})


def test_it_is_read_without_an_error(demo: Template) -> None:
    assert [task.id for task in demo.tasks()] == ["needs", "ideas", "approve", "discuss", "vote"]


def test_an_idea_goes_to_the_vote_with_its_cost_if_it_has_one(demo: Template) -> None:
    fields = demo.task("vote").imports[0].fields
    item = {"title": "Trees", "text": "More of them.", "language": "en"}
    assert rendered(fields, {"item": item})["cost"] is None
    assert rendered(fields, {"item": item | {"cost": 500}})["cost"] == 500
