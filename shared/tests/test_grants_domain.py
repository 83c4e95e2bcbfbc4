"""The algebra of roles, against a model that asks each scope in turn."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interlinker_shared.grants.domain import BLOCK, Grant, depth_of, effective_role, in_force, owned, path_of
from interlinker_shared.roles import Role

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
PATH = path_of(process="p", task="t", asset="a")
ELSEWHERE = ("process:q", "task:p/u", "asset:b")

roles = st.sampled_from(Role)
ends = st.none() | st.integers(-2, 2).map(lambda hours: NOW + timedelta(hours=hours))
grants = st.lists(st.builds(Grant, st.sampled_from([*PATH, *ELSEWHERE]), roles, ends), max_size=8)


def model(path: tuple[str, ...], held: list[Grant]) -> Role:
    """The same in other words: throw away what is not innermost, then take the most."""
    relevant = [grant for grant in held if grant.scope in path]
    innermost = max((path.index(grant.scope) for grant in relevant), default=None)
    return max(
        (g.role for g in relevant if path.index(g.scope) == innermost), key=list(Role).index, default=Role.PUBLIC
    )


@given(grants)
def test_the_innermost_scope_decides_and_its_highest_grant_counts(held: list[Grant]) -> None:
    assert effective_role(PATH, held) is model(PATH, held)


@given(grants)
def test_the_order_of_grants_does_not_matter(held: list[Grant]) -> None:
    assert effective_role(PATH, held) is effective_role(PATH, list(reversed(held)))


@given(grants, st.sampled_from(ELSEWHERE), roles)
def test_a_grant_elsewhere_changes_nothing_here(held: list[Grant], scope: str, role: Role) -> None:
    assert effective_role(PATH, [*held, Grant(scope, role)]) is effective_role(PATH, held)


@given(grants, roles)
def test_a_grant_in_the_innermost_scope_never_takes_more_than_it_gives(held: list[Grant], role: Role) -> None:
    there = [grant for grant in held if grant.scope != PATH[-1]]
    assert effective_role(PATH, [*there, Grant(PATH[-1], role)]) is role


def test_nobody_may_anything_where_nothing_is_granted() -> None:
    assert effective_role(PATH, []) is Role.PUBLIC


def test_an_inner_grant_gives_less_as_well_as_more() -> None:
    inner, outer = Grant("asset:a", Role.OBSERVER), Grant(BLOCK, Role.MODERATOR)
    assert effective_role(PATH, [outer, inner]) is Role.OBSERVER
    assert effective_role(PATH, [Grant(BLOCK, Role.OBSERVER), Grant("task:p/t", Role.MODERATOR)]) is Role.MODERATOR


@given(grants)
def test_an_inner_grant_locks_no_outer_owner_out(held: list[Grant]) -> None:
    outer = [grant for grant in held if grant.scope not in {BLOCK, "process:p"}]
    assert owned(PATH, [*outer, Grant("process:p", Role.OWNER)])


@given(grants)
def test_who_owns_no_scope_on_the_way_owns_nothing_there(held: list[Grant]) -> None:
    below = [grant for grant in held if grant.role is not Role.OWNER]
    assert not owned(PATH, below)


@given(grants)
def test_a_grant_ends_at_its_moment(held: list[Grant]) -> None:
    assert set(in_force(held, NOW)) == {grant for grant in held if grant.until is None or grant.until > NOW}


def test_roles_are_in_order() -> None:
    assert all(lower.rank < higher.rank for lower, higher in pairwise(Role))


@pytest.mark.parametrize("scope", ["block", "process:p", "task:p/t", "asset:018f"])
def test_a_scope_has_a_depth(scope: str) -> None:
    assert depth_of(scope) == scope.partition(":")[0]


@pytest.mark.parametrize(
    "scope", ["", "block:", "block:x", "process", "process:", "task:p", "task:p/", "task:/t", "team:x", "task:p/t/u"]
)
def test_what_is_no_scope_is_refused(scope: str) -> None:
    with pytest.raises(ValueError, match="must be `block`"):
        depth_of(scope)
