"""The lease as a state machine: random lives of one and of many instances, and the rules each must keep."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interlinker_registry import domain
from interlinker_registry.domain import Claim, Epoch, Health, InstanceId, Lease, LeaseState, Renewal

T0 = datetime(2026, 1, 1, 12, tzinfo=UTC)
TTL = timedelta(seconds=30)
DIGEST = "sha256:" + "0" * 64
SILENCE_ORDER = {state: rank for rank, state in enumerate(LeaseState)}

seconds = st.integers(0, 200).map(lambda value: timedelta(seconds=value))
silences = st.integers(0, 3 * 86_400).map(lambda value: timedelta(seconds=value))
ttls = st.integers(10, 60).map(lambda value: timedelta(seconds=value))


def make_claim(epoch: int = 1, *, service: str = "forum", ttl: timedelta = TTL) -> Claim:
    return Claim(InstanceId("one"), service, Epoch(epoch), ttl, DIGEST)


def make_lease(name: str = "one", *, state: LeaseState = LeaseState.PASSING, ttl: timedelta = TTL) -> Lease:
    claim = replace(make_claim(ttl=ttl), id=InstanceId(name))
    return replace(domain.register(None, claim, now=T0), state=state)


def renewal(epoch: int = 1, health: Health = Health.PASSING, digest: str = DIGEST) -> Renewal:
    return Renewal(Epoch(epoch), health, digest)


def swept(leases: list[Lease], now: datetime) -> list[Lease]:
    moved = {lease.id: lease for lease in domain.sweep(leases, now=now)}
    return [moved.get(lease.id, lease) for lease in leases]


def test_silence_leads_from_passing_over_suspect_and_expired_to_archived() -> None:
    lease, seen = make_lease(), []
    for after in (TTL - timedelta(seconds=1), TTL, 3 * TTL, 3 * TTL + timedelta(hours=24)):
        (lease,) = swept([lease], T0 + after)
        seen.append(lease.state)
    assert seen == [LeaseState.PASSING, LeaseState.SUSPECT, LeaseState.EXPIRED, LeaseState.ARCHIVED]


def test_draining_instance_leaves_after_one_ttl_without_suspicion() -> None:
    lease = domain.renew(make_lease(), renewal(health=Health.DRAINING), now=T0)
    assert lease.state is LeaseState.DRAINING
    assert domain.state_at(lease, now=T0 + TTL - timedelta(seconds=1)) is LeaseState.DRAINING
    assert domain.state_at(lease, now=T0 + TTL) is LeaseState.EXPIRED


def test_suspect_passes_again_when_it_renews() -> None:
    lease = make_lease(state=LeaseState.SUSPECT)
    renewed = domain.renew(lease, renewal(health=Health.WARNING), now=T0 + 2 * TTL)
    assert (renewed.state, renewed.health) == (LeaseState.PASSING, Health.WARNING)
    assert renewed.changed_at == T0 + 2 * TTL


@pytest.mark.parametrize("state", [LeaseState.EXPIRED, LeaseState.ARCHIVED])
def test_lease_that_ended_cannot_be_renewed_only_registered_again(state: LeaseState) -> None:
    with pytest.raises(domain.UnknownInstanceError):
        domain.renew(make_lease(state=state), renewal(), now=T0)
    assert domain.register(make_lease(state=state), make_claim(), now=T0).state is LeaseState.PASSING


def test_unknown_instance_and_unregistered_epoch_are_told_to_register() -> None:
    with pytest.raises(domain.UnknownInstanceError):
        domain.renew(None, renewal(), now=T0)
    with pytest.raises(domain.UnknownInstanceError):
        domain.renew(make_lease(), renewal(epoch=2), now=T0)


def test_changed_manifest_must_be_registered_first() -> None:
    with pytest.raises(domain.ManifestChangedError):
        domain.renew(make_lease(), renewal(digest="sha256:" + "1" * 64), now=T0)


def test_older_start_cannot_take_nor_renew_the_lease_of_a_newer_one() -> None:
    held = domain.register(make_lease(), make_claim(5), now=T0)
    with pytest.raises(domain.StaleEpochError, match="epoch 5, yours is 4"):
        domain.register(held, make_claim(4), now=T0)
    with pytest.raises(domain.StaleEpochError):
        domain.renew(held, renewal(4), now=T0)


def test_older_epoch_may_come_back_once_the_newer_lease_has_expired() -> None:
    held = replace(domain.register(None, make_claim(5), now=T0), state=LeaseState.EXPIRED)
    assert domain.register(held, make_claim(4), now=T0).epoch == 4


def test_another_service_cannot_take_a_lease_that_is_held() -> None:
    with pytest.raises(domain.InstanceTakenError):
        domain.register(make_lease(), make_claim(9, service="survey"), now=T0)


@given(gaps=st.lists(seconds, max_size=30), ttl=ttls)
def test_silence_never_leads_back(gaps: list[timedelta], ttl: timedelta) -> None:
    lease, now = make_lease(ttl=ttl), T0
    for gap in gaps:
        now += gap
        before, (lease,) = lease, swept([lease], now)
        assert SILENCE_ORDER[lease.state] >= SILENCE_ORDER[before.state]


@given(gaps=st.lists(seconds, min_size=1, max_size=30), ttl=ttls)
def test_who_renews_within_its_ttl_is_never_suspected(gaps: list[timedelta], ttl: timedelta) -> None:
    lease, now = make_lease(ttl=ttl), T0
    for gap in gaps:
        now += min(gap, ttl - timedelta(seconds=1))
        assert not list(domain.sweep([lease], now=now))
        lease = domain.renew(lease, renewal(), now=now)


@given(st.lists(st.tuples(st.integers(1, 5), seconds, st.booleans()), max_size=40))
def test_held_epoch_only_grows_while_the_lease_lives(steps: list[tuple[int, timedelta, bool]]) -> None:
    lease, now = domain.register(None, make_claim(), now=T0), T0
    for epoch, gap, registers in steps:
        now += gap
        before, (lease,) = lease, swept([lease], now)
        try:
            act = domain.register(lease, make_claim(epoch), now=now) if registers else None
            lease = act or domain.renew(lease, renewal(epoch), now=now)
        except (domain.StaleEpochError, domain.UnknownInstanceError):
            continue
        assert lease.epoch >= before.epoch or domain.state_at(before, now=now) not in domain.LIVE


@given(persisted=silences, ttl=ttls, since=seconds)
def test_restart_of_the_registry_suspects_nobody_before_two_ttls(
    persisted: timedelta, ttl: timedelta, since: timedelta
) -> None:
    heard = domain.last_heard(T0 - persisted - TTL, None, ttl=ttl, restarted_at=T0)
    lease = replace(make_lease(ttl=ttl), heard_at=heard)
    assert (domain.state_at(lease, now=T0 + since) is LeaseState.PASSING) == (since < 2 * ttl)


def test_renewal_since_the_restart_counts_as_it_is() -> None:
    beat = T0 + timedelta(seconds=3)
    assert domain.last_heard(T0 - TTL, beat, ttl=TTL, restarted_at=T0) == beat
    assert domain.last_heard(beat, None, ttl=TTL, restarted_at=T0) == beat
    assert domain.last_heard(beat + TTL, beat, ttl=TTL, restarted_at=T0) == beat + TTL


def crowd(size: int, silent: int) -> list[Lease]:
    """`size` instances of which the first `silent` were last heard at T0, the others at their fourth TTL."""
    fresh = T0 + 4 * TTL
    return [replace(make_lease(f"i{n}"), heard_at=T0 if n < silent else fresh) for n in range(size)]


@pytest.mark.parametrize(
    ("size", "silent", "held"), [(6, 3, True), (6, 2, False), (5, 5, False), (9, 3, False), (9, 4, True)]
)
def test_expiry_is_held_back_when_more_than_a_third_of_six_or_more_fall_silent(
    size: int, silent: int, *, held: bool
) -> None:
    after = swept(crowd(size, silent), T0 + 4 * TTL)
    lost = [lease for lease in after if lease.state is LeaseState.EXPIRED]
    assert len(lost) == (0 if held else silent)


def test_instances_that_said_goodbye_raise_no_storm() -> None:
    leaving = [replace(lease, state=LeaseState.DRAINING) for lease in crowd(12, 12)]
    assert all(lease.state is LeaseState.EXPIRED for lease in swept(leaving, T0 + TTL))


@given(size=st.integers(1, 12), silent=st.integers(0, 12), late=st.integers(0, 3600))
def test_self_preservation_is_bounded(size: int, silent: int, late: int) -> None:
    now = T0 + 3 * TTL + domain.HOLD_LIMIT + timedelta(seconds=late)
    after = swept(crowd(size, min(silent, size)), now)
    assert not [lease for lease in after if lease.live and now - lease.heard_at >= 3 * TTL + domain.HOLD_LIMIT]


def test_archived_lease_is_forgotten_after_thirty_days() -> None:
    lease = make_lease(state=LeaseState.ARCHIVED)
    assert not domain.is_forgettable(lease, now=T0 + timedelta(days=29))
    assert domain.is_forgettable(lease, now=T0 + timedelta(days=30))
    assert domain.state_at(lease, now=T0 + timedelta(days=400)) is LeaseState.ARCHIVED
