"""Pairwise wiki surveys: strengths that were put in come out again, and pairs that tell much come first."""

from __future__ import annotations

from collections import Counter
from random import Random

import pytest

from interlinker_ideation.methods.pairwise import (
    Strength,
    chance,
    count_answers,
    estimate,
    instant_score,
    next_pair,
)


def crowd(true: list[float], answers: int, rng: Random) -> Counter[tuple[int, int]]:
    """Answers of people to whom blindly drawn pairs are shown."""
    counted: Counter[tuple[int, int]] = Counter()
    for _ in range(answers):
        one, two = rng.sample(range(len(true)), 2)
        counted[(one, two) if rng.random() < chance(true[one] - true[two]) else (two, one)] += 1
    return counted


def survey(true: list[float], answers: int, rng: Random) -> list[Strength]:
    """People to whom the pairs are shown that tell most; strengths are estimated anew after each hundredth answer."""
    counted: Counter[tuple[int, int]] = Counter()
    shown: Counter[int] = Counter()
    strengths = estimate(range(len(true)), counted)
    for number in range(1, answers + 1):
        one, two = next_pair(strengths, shown, rng, top=5)
        shown.update((one, two))
        counted[(one, two) if rng.random() < chance(true[one] - true[two]) else (two, one)] += 1
        if number % 100 == 0:
            strengths = estimate(range(len(true)), counted, begin={one.number: one for one in strengths})
    return strengths


def ideas(many: int, rng: Random) -> list[float]:
    return [rng.gauss(0, 1) for _ in range(many)]


def best(strengths: list[Strength], many: int = 5) -> set[int]:
    return {one.number for one in sorted(strengths, key=lambda one: -one.log)[:many]}


def test_strengths_come_out_as_they_were_put_in() -> None:
    rng = Random(3)
    true = ideas(30, rng)
    found = estimate(range(30), crowd(true, 20_000, rng))
    middle = sum(true) / 30
    assert all(abs(one.log - (true[one.number] - middle)) < 0.25 for one in found)


def test_intervals_hold_what_they_promise_for_blindly_drawn_pairs() -> None:
    held = total = 0
    for seed in range(8):
        rng = Random(seed)
        true = ideas(40, rng)
        middle = sum(true) / 40
        for one in estimate(range(40), crowd(true, 1200, rng)):
            low, high = one.interval
            held += low <= true[one.number] - middle <= high
            total += 1
    assert 0.9 <= held / total <= 0.99


def test_order_of_answers_changes_nothing() -> None:
    answers = crowd(ideas(12, Random(1)), 300, Random(2))
    shuffled = dict(Random(4).sample(sorted(answers.items()), len(answers)))
    assert estimate(range(12), answers) == estimate(reversed(range(12)), shuffled)


def test_an_idea_that_always_won_is_strong_but_not_infinitely() -> None:
    strong, weak, new = estimate([1, 2, 3], count_answers([(1, 2)] * 5))
    assert 1 < strong.log < 5
    assert weak.log < -1
    assert (new.answers, abs(new.log) < 1e-6) == (0, True)
    assert new.error > strong.error


def test_groups_that_were_never_compared_can_be_estimated() -> None:
    found = estimate([1, 2, 3, 4], {(1, 2): 9, (2, 1): 3, (3, 4): 9, (4, 3): 3})
    assert [round(one.log, 4) for one in found[:2]] == [round(one.log, 4) for one in found[2:]]


def test_more_answers_make_surer() -> None:
    few, many = (estimate([1, 2], {(1, 2): 6 * times, (2, 1): 3 * times}) for times in (1, 50))
    assert few[0].error > 4 * many[0].error
    assert 0.5 < few[0].beats(few[1]) < many[0].beats(many[1]) <= 1
    assert few[0].beats(few[1]) + few[1].beats(few[0]) == pytest.approx(1)


def test_a_former_estimate_saves_rounds_but_changes_nothing() -> None:
    answers = crowd(ideas(15, Random(5)), 2000, Random(6))
    first = {one.number: one for one in estimate(range(15), answers)}
    again = estimate(range(15), answers, begin=first)
    assert all(abs(one.log - first[one.number].log) < 1e-4 for one in again)


def test_between_estimates_a_plain_score_serves() -> None:
    assert instant_score(0, 0) == 0.5
    assert instant_score(3, 3) == 0.8


def test_answers_about_other_ideas_are_left_out() -> None:
    assert estimate([1, 2], {(1, 2): 2, (1, 9): 5}) == estimate([1, 2], {(1, 2): 2})


def test_each_pair_is_of_two_ideas_and_either_comes_first() -> None:
    strengths = estimate(range(6), crowd(ideas(6, Random(1)), 50, Random(1)))
    pairs = [next_pair(strengths, {}, Random(seed)) for seed in range(300)]
    assert all(one != two for one, two in pairs)
    assert 100 < sum(one < two for one, two in pairs) < 200


def test_everything_is_shown_before_anything_is_known() -> None:
    rng, shown = Random(2), Counter[int]()
    strengths = estimate(range(40), {})
    for _ in range(60):
        shown.update(next_pair(strengths, shown, rng))
    assert min(shown[number] for number in range(40)) >= 1


def test_ideas_at_the_border_of_the_top_are_asked_about_most() -> None:
    true = [2.0 - at / 10 for at in range(40)]
    rng, shown = Random(3), Counter[int]()
    strengths = estimate(range(40), crowd(true, 4000, rng))
    before = {one.number: one.answers for one in strengths}
    for _ in range(1000):
        shown.update(next_pair(strengths, before, rng, top=10))
    near, far = sum(shown[at] for at in range(5, 15)), sum(shown[at] for at in range(25, 35))
    assert near > 3 * far
    assert far > 0


def test_well_chosen_pairs_find_the_best_sooner_than_blindly_drawn_ones() -> None:
    chosen = blind = 0
    for seed in range(6):
        true = ideas(50, Random(seed))
        top = set(sorted(range(50), key=lambda at: -true[at])[:5])
        chosen += len(top & best(survey(true, 700, Random(seed + 50))))
        blind += len(top & best(estimate(range(50), crowd(true, 1000, Random(seed + 50)))))
    assert chosen >= blind


def test_one_idea_makes_no_pair() -> None:
    with pytest.raises(ValueError, match="two ideas"):
        next_pair(estimate([1], {}), {}, Random(1))
