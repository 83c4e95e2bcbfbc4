"""Survey-core 2.5.38 is right: what it reads we read, what it refuses we refuse, and every result is the same."""

from __future__ import annotations

import json
import random

import pytest
from interlinkers.survey.tests.expressions import corpus, written
from interlinkers.survey.tests.expressions.oracle import NOW, Oracle, alike, read, the_oracle

from interlinker_survey.expressions import Expression, ExpressionError, Run, Values, compile_expression

ANSWER_SETS = 50
CHUNK = 350
NIGHTLY_CHUNK = 4000


@pytest.fixture
def survey_core() -> Oracle:
    return the_oracle()


def readable(text: str) -> bool:
    try:
        compile_expression(text)
    except ExpressionError:
        return False
    return True


def differences(oracle: Oracle, expressions: list[Expression], rng: random.Random) -> list[str]:
    """Each result that is not survey-core's, over ANSWER_SETS random answers for every expression."""
    answers = [corpus.answers(rng) for _ in range(ANSWER_SETS)]
    texts = [expression.text for expression in expressions]
    theirs = oracle.ask("results", texts, [json.dumps(one) for one in answers])
    found = []
    for expression, results in zip(expressions, theirs, strict=True):
        for one, result in zip(answers, results, strict=True):
            ours = expression.evaluate(Run(Values(one), now=NOW))
            if not alike(ours, read(result)):
                found.append(f"{expression.text}: {ours!r} instead of {read(result)!r} for {one}")
    return found


def compiled(rng: random.Random, count: int) -> list[Expression]:
    drawn = [corpus.expression(rng) for _ in range(count)]
    return [compile_expression(text) for text in drawn if readable(text)]


def test_the_same_expressions_are_read_and_refused(survey_core: Oracle) -> None:
    rng = random.Random(1)
    drawn = [corpus.expression(rng) for _ in range(2000)] + [corpus.mangled(rng) for _ in range(8000)]
    theirs = survey_core.ask("accepts", drawn)
    assert 2000 < sum(theirs) < 8000
    assert [text for text, accepted in zip(drawn, theirs, strict=True) if readable(text) is not accepted] == []


@pytest.mark.parametrize("seed", range(6))
def test_generated_expressions_have_the_same_results(seed: int, survey_core: Oracle) -> None:
    rng = random.Random(seed)
    expressions = compiled(rng, CHUNK)
    assert len(expressions) > 0.95 * CHUNK
    assert differences(survey_core, expressions, rng) == []


def test_written_expressions_are_read_and_refused_alike(survey_core: Oracle) -> None:
    theirs = survey_core.ask("accepts", [*written.READ, *written.REFUSED])
    assert theirs == [True] * len(written.READ) + [False] * len(written.REFUSED)
    assert [readable(text) for text in (*written.READ, *written.REFUSED)] == theirs


def test_written_expressions_have_the_same_results(survey_core: Oracle) -> None:
    expressions = [compile_expression(text) for text in written.READ]
    assert differences(survey_core, expressions, random.Random(7)) == []


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(100, 108))
def test_a_million_results_are_the_same(seed: int, survey_core: Oracle) -> None:
    rng = random.Random(seed)
    assert differences(survey_core, compiled(rng, NIGHTLY_CHUNK), rng) == []
