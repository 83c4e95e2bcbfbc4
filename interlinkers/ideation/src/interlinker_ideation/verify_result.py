"""Computes a published result again, offline, with nothing but Python 3.10 or newer: `python3 verify_result.py bundle.json`.

Ends 0 if hash, votes, funded or elected ideas and their order are what the ballots and the rule come to. `--enough` also runs the
rule again with what the bundle says would have sufficed for each idea that got nothing, and with one ballot less.
`--receipt=TEXT` looks whether the ballot of that receipt is among those counted; nothing tells which one it is.

Written apart from the service, in the plainest way and not the fastest: two programs that agree are worth more than one twice.
"""

from __future__ import annotations

import hashlib
import json
import math
import sys
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Key = Callable[[int], tuple[Any, ...]]

Bundle = dict[str, Any]

DIGITS = 5  # of a vote's value, as the Scottish rules have it
MOST_ROUNDS = 10_000  # shares grow no further: part of the declared rule


def main(arguments: list[str]) -> int:
    """Check a bundle, say what was found, and tell it by the exit status."""
    files = [one for one in arguments if not one.startswith("--")]
    if len(files) != 1:
        sys.stderr.write((__doc__ or "").split("\n\n")[0] + "\n")
        return 2
    bundle = json.loads(Path(files[0]).read_text(encoding="utf-8"))
    wrong = check(bundle, enough="--enough" in arguments)
    receipts = [one.partition("=")[2] for one in arguments if one.startswith("--receipt=")]
    wrong += [f"no ballot of the receipt {one} was counted" for one in receipts if not has(bundle, one)]
    winners = [one["number"] for one in bundle["outcome"] if one["verdict"] in ("funded", "elected")]
    sys.stdout.write(f"rule: {json.dumps(bundle['rule'])}\nballots: {sum(times for times, _ in bundle['ballots'])}\n")
    sys.stdout.write(f"winners told: {winners}\n" + "".join(f"WRONG: {one}\n" for one in wrong))
    sys.stdout.write("The result does not hold.\n" if wrong else "The result holds.\n")
    return 1 if wrong else 0


def check(bundle: Bundle, *, enough: bool = False) -> list[str]:
    """Everything that is wrong with a bundle, in words."""
    wrong = []
    rest = {key: value for key, value in bundle.items() if key != "sha256"}
    text = json.dumps(rest, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    if hashlib.sha256(text.encode()).hexdigest() != bundle["sha256"]:
        wrong.append("the hash is another one: the bundle was changed")
    told = sorted(bundle["outcome"], key=lambda one: one["rank"])
    ballots = sum(times for times, _ in bundle["ballots"])
    if bundle["receipts"] and len(set(bundle["receipts"])) != ballots:
        wrong.append(f"there are {ballots} ballots, but {len(set(bundle['receipts']))} receipts")
    votes = count(bundle)
    wrong += [
        f"idea {one['number']} has {votes[one['number']]} votes, not {one['votes']}"
        for one in told
        if one["votes"] != votes[one["number"]]
    ]
    if "score" in bundle["rule"]:
        figures = scores(bundle)
        wrong += [
            f"idea {one['number']} has a score of {figures[one['number']]}, not {one['score']}"
            for one in told
            if "score" in one and Fraction(one["score"]) != figures[one["number"]]
        ]
    won = [one["number"] for one in told if one["verdict"] in ("funded", "elected", "no-budget")]
    mine = winners(bundle)
    if sorted(mine) != sorted(won):
        wrong.append(f"the winners are {sorted(mine)}, not {sorted(won)}")
    elif mine != won:
        wrong.append(f"the order of the winners is {mine}, not {won}")
    if enough:
        wrong += [text for one in told if one.get("enough") for text in insufficient(bundle, one)]
    return wrong


def has(bundle: Bundle, receipt: str) -> bool:
    """Whether the ballot of a receipt was counted."""
    return hashlib.sha256(receipt.encode()).hexdigest() in bundle["receipts"]


def insufficient(bundle: Bundle, told: Bundle) -> Iterator[str]:
    """What does not hold of what is said to have sufficed for an idea."""
    number, ballots, cost = told["number"], told["enough"]["ballots"], told["enough"]["cost"]
    if ballots is not None:
        for more, expected in ((ballots, True), (ballots - 1, False)):
            changed = with_more(bundle, number, more)
            if (number in winners(changed)) is not expected:
                yield f"with {more} more ballots idea {number} is {'not ' if expected else ''}funded"
    if cost is not None:
        for price, expected in ((cost, True), (cost + 1, False)):
            ideas = [dict(one, cost=price) if one["number"] == number else one for one in bundle["ideas"]]
            if (number in winners(dict(bundle, ideas=ideas))) is not expected:
                yield f"at a cost of {price} idea {number} is {'not ' if expected else ''}funded"


def with_more(bundle: Bundle, number: int, more: int) -> Bundle:
    """The bundle with so many more ballots that give one idea all that they can give it."""
    score = bundle["rule"].get("score")
    if score == "support":
        ideas = [
            dict(one, support=one["support"] + more) if one["number"] == number else one for one in bundle["ideas"]
        ]
        return dict(bundle, ideas=ideas)
    mark = [number, bundle["rule"]["most"]] if score == "points" else number
    return dict(bundle, ballots=bundle["ballots"] + [[more, [mark]]])


def count(bundle: Bundle) -> dict[int, int]:
    """Votes by idea: how many ballots name it, in favour of it where they say for or against, as the first where they rank."""
    score, method = bundle["rule"].get("score"), bundle["rule"]["method"]
    votes = {one["number"]: one["support"] if score == "support" else 0 for one in bundle["ideas"]}
    for times, marks in bundle["ballots"]:
        named = [mark[0] if isinstance(mark, list) else mark for mark in marks if score != "up-down" or mark[1] > 0]
        there = [number for number in named if number in votes]
        for number in there[:1] if method in ("stv", "irv") else there:
            votes[number] += times
    return votes


def scores(bundle: Bundle) -> dict[int, Any]:
    """What ideas are put in order by."""
    rule, votes = bundle["rule"], count(bundle)
    given: dict[int, list[tuple[int, int]]] = {number: [] for number in votes}
    for times, marks in bundle["ballots"]:
        for place, mark in enumerate(marks):
            number, value = mark if isinstance(mark, list) else (mark, rule.get("places", 0) - place)
            if number in given:
                given[number].append((max(0, value) if rule["score"] == "borda" else value, times))
    if rule["score"] in ("votes", "support"):
        return dict(votes)
    if rule["score"] == "rating":
        return {number: rating(some, rule) for number, some in given.items()}
    if rule["score"] == "up-down":
        return {number: wilson(some) for number, some in given.items()}
    return {number: sum(value * times for value, times in some) for number, some in given.items()}


def rating(given: list[tuple[int, int]], rule: Bundle) -> Fraction:
    """The mean, with so many more ratings as `weight` says that are in the middle."""
    middle, weight = Fraction(1 + rule["levels"], 2), rule["weight"]
    points = sum(value * times for value, times in given) + middle * weight
    people = sum(times for _, times in given) + weight
    return Fraction(points, people) if people else middle


def wilson(given: list[tuple[int, int]]) -> Fraction:
    """The lower end of Wilson's interval with z = 1.96, in whole billionths, rounded down."""
    ups, downs = (sum(times for value, times in given if value == side) for side in (1, -1))
    n, square, billion = ups + downs, Fraction(49, 25) ** 2, 10**9
    if n == 0:
        return Fraction(0)
    inner = square * (square + Fraction(4 * ups * downs, n)) * billion**2
    root = math.isqrt(inner.numerator // inner.denominator) + 1
    scaled = ((2 * ups + square) * billion - root) / (2 * (n + square))
    return max(Fraction(0), Fraction(scaled.numerator // scaled.denominator, billion))


def winners(bundle: Bundle) -> list[int]:
    """The winning ideas in their order, by the bundle's rule."""
    rule = bundle["rule"]
    methods = {
        "greedy": greedy,
        "equal-shares": equal_shares,
        "phragmen": phragmen,
        "ranking": ranking,
        "stv": stv,
        "irv": irv,
    }
    return methods[rule["method"]](bundle, rule)


def tie_key(bundle: Bundle, rule: Bundle) -> Key:
    """What puts equal ideas in order: a key of an idea's number."""
    ideas, votes = {one["number"]: one for one in bundle["ideas"]}, count(bundle)

    def key(number: int) -> tuple[Any, ...]:
        cost, support = ideas[number]["cost"], ideas[number]["support"]
        told = {
            "votes": -votes[number],
            "cheaper": (cost is None, cost or 0),
            "dearer": (cost is None, -(cost or 0)),
            "support": -support,
            "earlier": number,
            "lot": hashlib.sha256(f"{rule['seed']}:{number}".encode()).hexdigest(),
        }
        return tuple(told[by] for by in rule["ties"])

    return key


def fundable(bundle: Bundle) -> dict[int, int]:
    """Costs of the ideas that somebody voted for and somebody knows the cost of."""
    votes = count(bundle)
    return {one["number"]: one["cost"] for one in bundle["ideas"] if votes[one["number"]] and one["cost"] is not None}


def ranking(bundle: Bundle, rule: Bundle) -> list[int]:
    """All ideas, the highest figure first."""
    figures, key = scores(bundle) if "score" in rule else count(bundle), tie_key(bundle, rule)
    return sorted(figures, key=lambda number: (-figures[number], key(number)))


def greedy(bundle: Bundle, rule: Bundle) -> list[int]:
    """Down the ranking, what fits."""
    costs, left = fundable(bundle), bundle["budget"]
    won: list[int] = []
    for number in ranking(bundle, rule):
        if number in costs and costs[number] <= left:
            won.append(number)
            left -= costs[number]
        elif number in costs and rule["overrun"] == "stop":
            break
    return won


def equal_shares(bundle: Bundle, rule: Bundle) -> list[int]:
    """Equal shares, with the completion that the rule names."""
    costs, budget = fundable(bundle), bundle["budget"]
    voters = max(1, sum(times for times, _ in bundle["ballots"]))
    adds_one = rule["completion"].startswith("add-one")
    share = Fraction(budget // voters if adds_one else Fraction(budget, voters))
    supporters = {one: [at for at, (_, numbers) in enumerate(bundle["ballots"]) if one in numbers] for one in costs}
    won = shopping(bundle, rule, share, supporters)
    rounds = 0
    while adds_one and len(won) < len(costs) and rounds < MOST_ROUNDS:
        share, rounds = share + 1, rounds + 1
        more = shopping(bundle, rule, share, supporters)
        if sum(costs[number] for number in more) > budget:
            break
        won = more
    if rule["completion"].endswith("greedy"):
        for number in ranking(bundle, rule):
            left = budget - sum(costs[one] for one in won)
            if number in costs and number not in won and costs[number] <= left:
                won.append(number)
    return won


def shopping(bundle: Bundle, rule: Bundle, share: Fraction, supporters: dict[int, list[int]]) -> list[int]:
    """What is bought when everybody has `share`. Money is counted in whole `1 / unit`."""
    costs, key = fundable(bundle), tie_key(bundle, rule)
    weights = [times for times, _ in bundle["ballots"]]
    unit, money = share.denominator, [share.numerator] * len(weights)
    won: list[int] = []
    known = dict.fromkeys(costs, Fraction(0))  # prices never fall: what was dearer before than the best now is so still
    while True:
        best = None
        for number in sorted(known, key=lambda one: known[one]):
            if best is not None and known[number] > best[0]:
                break
            most = price(costs[number] * unit, sorted((money[at], weights[at]) for at in supporters[number]))
            if most is None:
                del known[number]
                continue
            gain = costs[number] if rule["utility"] == "cost" else 1
            known[number] = most / unit / gain if gain else Fraction(0)
            offer = (known[number], key(number), number, most)
            best = offer if best is None else min(best, offer)
        if best is None:
            return won
        _, _, number, most = best
        unit, money = unit * most.denominator, [one * most.denominator for one in money]
        for at in supporters[number]:
            money[at] = max(0, money[at] - most.numerator)
        del known[number]
        won.append(number)


def price(cost: int, purses: list[tuple[int, int]]) -> Fraction | None:
    """The most that one supporter pays, when `purses` (money, people) pay equally as far as they can; None if they cannot."""
    rest, people = cost, sum(weight for _, weight in purses)
    for money, weight in purses:
        if money * people >= rest:
            return Fraction(rest, people)
        rest, people = rest - money * weight, people - weight
    return None


def phragmen(bundle: Bundle, rule: Bundle) -> list[int]:
    """Money flows to everybody at one pace; supporters buy as soon as they can."""
    costs, key, left = fundable(bundle), tie_key(bundle, rule), bundle["budget"]
    ballots = bundle["ballots"]
    spent_at = [Fraction(0)] * len(ballots)
    won: list[int] = []
    waiting = {number for number, cost in costs.items() if cost <= left}
    while waiting:
        ready = {}
        for number in waiting:
            groups = [(times, spent_at[at]) for at, (times, numbers) in enumerate(ballots) if number in numbers]
            ready[number] = (sum(times * at for times, at in groups) + costs[number]) / Fraction(
                sum(times for times, _ in groups)
            )
        now = min(ready.values())
        equal = [number for number in waiting if ready[number] == now]
        over = [number for number in equal if costs[number] > left]
        if over:
            if rule["overrun"] == "stop":
                break
            waiting.difference_update(over)
            continue
        number = min(equal, key=key)
        won.append(number)
        waiting.remove(number)
        left -= costs[number]
        spent_at = [now if number in numbers else at for at, (_, numbers) in zip(spent_at, ballots, strict=True)]
    return won


def stv(bundle: Bundle, rule: Bundle) -> list[int]:
    """Single transferable vote by the Scottish rules; values are whole `10 ** -DIGITS` votes."""
    hopeful, seats = {one["number"] for one in bundle["ideas"]}, rule["seats"]
    # A paper: how many, what each is worth, the preferences, and who has it now.
    papers = [[times, 10**DIGITS, numbers, None] for times, numbers in bundle["ballots"] if hopeful & {*numbers}]
    quota = (sum(paper[0] for paper in papers) // (seats + 1) + 1) * 10**DIGITS
    key, fixed = tie_key(bundle, rule), dict.fromkeys(sorted(hopeful), 0)
    won: list[int] = []
    surplus: list[int] = []
    stages: list[dict[int, int]] = []
    hand_on(papers, hopeful)
    while len(won) < seats and hopeful:
        votes = standing(papers, fixed)
        order = preference(votes, stages, key)
        stages.append(votes)
        elected = sorted((n for n in hopeful if votes[n] >= quota), key=order)[: seats - len(won)]
        if len(won) + len(hopeful) <= seats:
            elected += sorted(hopeful - set(elected), key=order)
        won, hopeful = won + elected, hopeful - set(elected)
        surplus = [n for n in surplus + elected if votes[n] > quota]
        number = min(surplus, key=order) if surplus else max(hopeful, key=order, default=0)
        moving = [paper for paper in papers if paper[3] == number]
        if surplus:
            surplus.remove(number)
            fixed[number] = quota
            for paper in moving:
                paper[1] = paper[1] * (votes[number] - quota) // votes[number]
        elif len(won) < seats:
            hopeful.discard(number)
        hand_on(moving, hopeful)
    return won


def hand_on(papers: list[list[Any]], hopeful: set[int]) -> None:
    """Give papers to the next preference that is still hopeful."""
    for paper in papers:
        paper[3] = next((n for n in paper[2] if n in hopeful), None)


def standing(papers: list[list[Any]], fixed: dict[int, int]) -> dict[int, int]:
    """Votes by idea; whose surplus was passed on has the quota, and no papers."""
    votes = dict(fixed)
    for times, value, _, holder in papers:
        if holder is not None:
            votes[holder] += times * value
    return votes


def preference(votes: dict[int, int], stages: list[dict[int, int]], key: Key) -> Key:
    """Puts who has more first; equal ones by the latest stage that tells them apart, then as declared."""
    return lambda number: ([-one[number] for one in (votes, *reversed(stages))], key(number))


def irv(bundle: Bundle, rule: Bundle) -> list[int]:
    """Instant runoff: the last goes until one has more than half."""
    hopeful = {one["number"] for one in bundle["ideas"]}
    stages: list[dict[int, int]] = []
    names, key = sorted(hopeful), tie_key(bundle, rule)
    while hopeful:
        votes = dict.fromkeys(names, 0)
        for times, numbers in bundle["ballots"]:
            first = next((number for number in numbers if number in hopeful), None)
            if first is not None:
                votes[first] += times
        order = preference(votes, stages, key)
        best = min(hopeful, key=order)
        if 2 * votes[best] > sum(votes.values()) or len(hopeful) == 1:
            return [best]
        stages.append(votes)
        hopeful.remove(max(hopeful, key=order))
    return []


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
