"""The verifier that anybody can run: it finds every result right that is, and every change to one that matters."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from random import Random
from typing import Any

import pytest
from interlinkers.ideation.tests.elections import WIELICZKA, random_election, read_election

from interlinker_ideation import verify_result
from interlinker_ideation.bundles import digest, make_bundle
from interlinker_ideation.methods.equal_shares import Completion, Utility
from interlinker_ideation.methods.greedy import Overrun
from interlinker_ideation.methods.placement import Contender, Election
from interlinker_ideation.methods.rules import Method, Rule
from interlinker_ideation.methods.scoring import ScoreBy, Scoring
from interlinker_ideation.methods.ties import TieBy, Ties

LOT = Ties((TieBy.LOT,), "seed")
RULES = [
    Rule(ties=LOT),
    Rule(overrun=Overrun.STOP),
    *(Rule(Method.EQUAL_SHARES, completion=one, utility=two) for one in Completion for two in Utility),
    Rule(Method.EQUAL_SHARES, completion=Completion.ADD_ONE_GREEDY, ties=LOT),
    Rule(Method.PHRAGMEN, overrun=Overrun.SKIP, ties=LOT),
    Rule(Method.PHRAGMEN, overrun=Overrun.STOP),
]


def bundle_of(election: Election, rule: Rule) -> dict[str, Any]:
    bundle = make_bundle(election, rule, rule.explain(election, rule.decide(election)))
    read: dict[str, Any] = json.loads(json.dumps(bundle))
    return read


def published(tmp_path: Path, bundle: dict[str, Any]) -> Path:
    file = tmp_path / "bundle.json"
    file.write_text(json.dumps(bundle), encoding="utf-8")
    return file


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: "/".join(map(str, list(rule.parameters.values())[:3])))
def test_every_result_holds_when_computed_again(rule: Rule) -> None:
    for seed in range(15):
        election = random_election(Random(seed), ideas=6, voters=12)
        assert verify_result.check(bundle_of(election, rule), enough=True) == []


def marks(rng: Random, by: ScoreBy, ideas: int) -> list[Any]:
    """A random ballot, as that kind of ballot is kept."""
    named = rng.sample(range(1, ideas + 1), rng.randint(0, ideas))
    values = {ScoreBy.UP_DOWN: (-1, 0, 1), ScoreBy.RATING: range(1, 6), ScoreBy.POINTS: range(1, 11)}
    if by in values:
        return [(number, rng.choice(values[by])) for number in sorted(named)]
    return named if by is ScoreBy.BORDA else sorted(named)


@pytest.mark.parametrize("money", [True, False])
@pytest.mark.parametrize("by", ScoreBy)
def test_every_score_holds_when_computed_again(by: ScoreBy, money: bool) -> None:
    rule = Rule(Method.GREEDY if money else Method.RANKING, scoring=Scoring(by, places=4, most=10), ties=LOT)
    for seed in range(25):
        rng = Random(seed)
        ideas = [Contender(number, 0, rng.randint(0, 9) * 10, rng.randint(0, 3)) for number in range(1, 6)]
        ballots = [] if by is ScoreBy.SUPPORT else [(marks(rng, by, 5), rng.randint(1, 3)) for _ in range(8)]
        election = rule.poll(ideas, ballots, 100 if money else None)
        assert verify_result.check(bundle_of(election, rule), enough=True) == []


@pytest.mark.parametrize("seats", [1, 2, 3])
def test_every_ranked_choice_holds_when_computed_again(seats: int) -> None:
    contenders = [Contender(number, 0) for number in range(1, 6)]
    for seed in range(60):
        rng = Random(seed)
        ballots = [(rng.sample(range(1, 6), rng.randint(1, 5)), rng.randint(1, 3)) for _ in range(rng.randint(1, 12))]
        for rule in (Rule(Method.STV, seats=seats, ties=LOT), Rule(Method.IRV, ties=LOT)):
            election = rule.poll(contenders, ballots, None)
            assert verify_result.check(bundle_of(election, rule)) == []


def test_wieliczka_holds_when_computed_again() -> None:
    election, official = read_election(WIELICZKA)
    rule = Rule(Method.EQUAL_SHARES, completion=Completion.ADD_ONE)
    bundle = make_bundle(election, rule, rule.decide(election))
    assert verify_result.check(bundle) == []
    assert set(verify_result.winners(bundle)) == official


def changed(bundle: dict[str, Any], what: str) -> dict[str, Any]:
    """A bundle with one thing altered, sealed anew."""
    other: dict[str, Any] = json.loads(json.dumps(bundle))
    if what == "a ballot":
        other["ballots"][-1][0] += 50
    elif what == "a winner":
        first = next(one for one in other["outcome"] if one["verdict"] != "funded")
        first["verdict"] = "funded"
    elif what == "the order":
        one, two = other["outcome"][:2]
        one["rank"], two["rank"] = two["rank"], one["rank"]
    elif what == "what sufficed":
        next(one for one in other["outcome"] if one.get("enough") and one["enough"]["ballots"])["enough"][
            "ballots"
        ] += 1
    return other | {"sha256": digest(other)}


@pytest.mark.parametrize("what", ["a ballot", "a winner", "the order", "what sufficed"])
def test_a_result_that_was_altered_does_not_hold(what: str) -> None:
    election = Election.of(
        [Contender(1, 0, 60), Contender(2, 0, 30), Contender(3, 0, 50)], [((1, 2), 3), ((1,), 2), ((3,), 2)], 100
    )
    bundle = bundle_of(election, Rule())
    assert verify_result.check(bundle, enough=True) == []
    assert verify_result.check(changed(bundle, what), enough=True) != []


def test_a_bundle_that_was_touched_has_another_hash(tmp_path: Path) -> None:
    bundle = bundle_of(random_election(Random(1)), Rule())
    touched = bundle | {"budget": bundle["budget"] + 1}
    assert any("hash" in one for one in verify_result.check(touched))
    assert verify_result.main([str(published(tmp_path, touched))]) == 1


def test_the_file_runs_alone(tmp_path: Path) -> None:
    """Without our packages, without any other: `-I -S` hides them all."""
    script = tmp_path / "verify_result.py"
    script.write_text(Path(verify_result.__file__).read_text(encoding="utf-8"), encoding="utf-8")
    file = published(tmp_path, bundle_of(random_election(Random(2)), Rule(Method.EQUAL_SHARES)))
    done = subprocess.run([sys.executable, "-I", "-S", script, file], capture_output=True, text=True, check=True)
    assert done.stdout.endswith("The result holds.\n")


def test_it_says_how_it_is_called(capsys: pytest.CaptureFixture[str]) -> None:
    assert verify_result.main([]) == 2
    assert "python3 verify_result.py bundle.json" in capsys.readouterr().err


def test_ballots_stand_in_an_order_that_tells_nothing() -> None:
    election = random_election(Random(3))
    backwards = Election(election.contenders, list(reversed(election.ballots)), election.budget)
    assert bundle_of(election, Rule()) == bundle_of(backwards, Rule())
