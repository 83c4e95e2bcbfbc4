"""Decides elections with pabutools: runs in an environment of its own (`make oracle`), reads JSON, writes JSON.

pabutools is under the GPL and is never imported by anything of ours; this script is asked over a pipe, by tests only.
Input: a list of `{rule, utility, budget, costs, ballots}`; costs by idea number in the declared order of ties; a budget
list asks for one run with each. Output: for each, the list of winners, or of winners per budget.
"""

from __future__ import annotations

import json
import sys
from typing import Any

from pabutools.election import ApprovalBallot, ApprovalProfile, Cardinality_Sat, Cost_Sat, Instance, Project
from pabutools.rules import greedy_utilitarian_welfare, method_of_equal_shares, sequential_phragmen
from pabutools.tiebreaking import TieBreakingRule

UTILITIES = {"cost": Cost_Sat, "cardinality": Cardinality_Sat}


def main() -> None:
    json.dump([decide(election) for election in json.load(sys.stdin)], sys.stdout)


def decide(election: dict[str, Any]) -> Any:
    budgets = election["budget"]
    if isinstance(budgets, list):
        return [winners(election, budget) for budget in budgets]
    return winners(election, budgets)


def winners(election: dict[str, Any], budget: int) -> list[int]:
    projects = {number: Project(number, cost) for number, cost in election["costs"].items()}
    instance = Instance(projects.values(), budget_limit=budget)
    ballots = [ApprovalBallot([projects[str(number)] for number in ballot]) for ballot in election["ballots"]]
    profile = ApprovalProfile(ballots, instance=instance)
    places = {number: place for place, number in enumerate(projects)}
    ties = TieBreakingRule(lambda _instance, _profile, project: places[project.name])
    return sorted(int(project.name) for project in _run(election, instance, profile, ties))


def _run(election: dict[str, Any], instance: Any, profile: Any, ties: Any) -> Any:
    if election["rule"] == "phragmen":
        return sequential_phragmen(instance, profile, tie_breaking=ties)
    if election["rule"] == "greedy":
        return greedy_utilitarian_welfare(instance, profile, sat_class=Cost_Sat, tie_breaking=ties)
    return method_of_equal_shares(instance, profile, sat_class=UTILITIES[election["utility"]], tie_breaking=ties)


if __name__ == "__main__":
    main()
