"""The demo, as `make demo` plays it, with fewer people."""

from __future__ import annotations

import pytest

from deploy.demo import ending as endings
from tests.e2e.conftest import Played

pytestmark = pytest.mark.e2e


def test_a_process_runs_from_question_to_feedback(played: Played) -> None:
    assert endings.faults(played.story, played.ending) == []
    assert played.ending.state == "finished"
    assert played.ending.summary()["funded"]


def test_bad_input_was_refused_on_the_way(played: Played) -> None:
    statuses = {status for _, status in played.story.refused}
    assert statuses == {400, 409, 422}


def test_what_was_spent_stays_within_the_budget(played: Played) -> None:
    funded = [item["cost"] for item in played.ending.result if item["outcome"] == "funded"]
    assert 0 < sum(funded) <= played.ending.counts["budget"]


def test_every_idea_says_why(played: Played) -> None:
    assert all(set(item["reason"]) >= {"en", "es", "de"} for item in played.ending.result)
