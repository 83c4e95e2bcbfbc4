from interlinker_gateway.proxy.breaker import Breaker, Limits


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def failing(clock: Clock, times: int) -> Breaker:
    breaker = Breaker(clock, Limits(least=4, window=10, rest=5))
    for _ in range(times):
        call(breaker, failed=True)
    return breaker


def call(breaker: Breaker, *, failed: bool) -> None:
    ticket = breaker.enter()
    assert ticket is not None
    breaker.leave(ticket, failed=failed)


def test_few_failures_leave_it_closed() -> None:
    assert failing(Clock(), 3).enter() is not None


def test_half_of_enough_calls_failing_opens_it() -> None:
    breaker = Breaker(Clock(), Limits(least=4))
    for failed in (False, True, False, True):
        call(breaker, failed=failed)
    assert breaker.enter() is None
    assert breaker.retry_after() == 5


def test_old_calls_are_forgotten() -> None:
    clock = Clock()
    breaker = failing(clock, 3)
    clock.now = 11
    call(breaker, failed=True)
    assert breaker.enter() is not None


def test_after_a_rest_one_probe_goes_out_and_closes_it() -> None:
    clock = Clock()
    breaker = failing(clock, 4)
    clock.now = 5
    probe = breaker.enter()
    assert probe is not None
    assert breaker.enter() is None
    breaker.leave(probe, failed=False)
    assert breaker.enter() is not None


def test_a_failed_probe_opens_it_again() -> None:
    clock = Clock()
    breaker = failing(clock, 4)
    clock.now = 5
    call(breaker, failed=True)
    assert breaker.enter() is None
    clock.now = 10
    assert breaker.enter() is not None


def test_an_abandoned_probe_lets_another_one_out() -> None:
    clock = Clock()
    breaker = failing(clock, 4)
    clock.now = 5
    breaker.abandon(breaker.enter() or 0)
    assert breaker.enter() is not None


def test_a_late_answer_from_before_the_opening_says_nothing() -> None:
    clock = Clock()
    breaker = Breaker(clock, Limits(least=4, rest=5))
    late = breaker.enter() or 0
    for _ in range(4):
        call(breaker, failed=True)
    clock.now = 5
    assert breaker.enter() is not None
    breaker.leave(late, failed=False)
    assert breaker.enter() is None
