"""The harness notices: each thing that can go wrong shows in its own number."""

from __future__ import annotations

from tests.faults.tally import Effect, Entry, Tally, compare

ENTRIES: list[Entry] = [("a", 1), ("b", 2), ("a", 3)]
EFFECTS: list[Effect] = [("a", 1, 1), ("a", 3, 2), ("b", 2, 1)]


def create_tally(**wrong: int) -> Tally:
    zero = dict.fromkeys(("lost", "doubled", "ineffective", "double_effects", "inversions"), 0)
    return Tally(**{"acknowledged": 3} | zero | wrong)


def test_everything_once_and_in_order_is_sound() -> None:
    tally = compare(ENTRIES, ENTRIES, EFFECTS)
    assert tally == create_tally()
    assert tally.sound


def test_an_entry_that_nobody_promised_may_be_there() -> None:
    assert compare(ENTRIES[:2], ENTRIES, EFFECTS).sound


def test_a_storm_in_which_nothing_was_promised_proves_nothing() -> None:
    assert not compare([], ENTRIES, EFFECTS).sound


def test_a_lost_write_shows() -> None:
    assert compare(ENTRIES, ENTRIES[1:], EFFECTS[1:]) == create_tally(lost=1)


def test_a_write_that_was_stored_twice_shows() -> None:
    assert compare(ENTRIES, [*ENTRIES, ENTRIES[0]], EFFECTS) == create_tally(doubled=1)


def test_a_lost_event_shows() -> None:
    assert compare(ENTRIES, ENTRIES, EFFECTS[1:]) == create_tally(ineffective=1)


def test_a_double_effect_shows() -> None:
    assert compare(ENTRIES, ENTRIES, [EFFECTS[0], *EFFECTS]) == create_tally(double_effects=1)


def test_an_inversion_within_an_aggregate_shows() -> None:
    assert compare(ENTRIES, ENTRIES, [EFFECTS[1], EFFECTS[0], EFFECTS[2]]) == create_tally(inversions=1)


def test_each_single_number_makes_it_unsound() -> None:
    wrong = ("lost", "doubled", "ineffective", "double_effects", "inversions")
    assert not any(create_tally(**{name: 1}).sound for name in wrong)
