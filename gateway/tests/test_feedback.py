from interlinker_gateway.domain.feedback import Contribution, Outcome, Record, feedback
from interlinker_gateway.domain.provenance import Edge, Lineage, Place, continued
from interlinker_shared.audit.chain import GENESIS, Entry, first_broken, seal

SAID, IDEA, TOPIC = Place("s", "s1"), Place("i", "i1"), Place("f", "f1")
TASKS = {"s": "needs", "i": "ideas", "f": "talk"}
WON = Outcome("Trees", "funded", {"en": "Most approvals."})


def record(**more: object) -> Record:
    values: dict[str, object] = {"tasks": TASKS, "results": {IDEA: WON}, "edges": [Edge(SAID, IDEA), Edge(IDEA, TOPIC)]}
    return Record(**(values | more))  # type: ignore[arg-type]  # a test's shorthand


def made(subject: str, *items: str, asset: str = "s", action: str = "answered") -> Contribution:
    return Contribution(subject, asset, action, "web", items)


def test_a_contribution_is_followed_to_the_last_known_outcome() -> None:
    ((became,),) = feedback([made("ann", "s1")], record()).values()
    assert (became.task, became.last_task, became.title, became.outcome) == ("needs", "ideas", "Trees", "funded")
    assert became.reason == {"en": "Most approvals."}


def test_a_later_outcome_speaks_before_an_earlier_one() -> None:
    results = {IDEA: WON, TOPIC: Outcome("Trees, discussed", "adopted")}
    ((became,),) = feedback([made("ann", "s1")], record(results=results)).values()
    assert (became.last_task, became.title, became.outcome) == ("talk", "Trees, discussed", "adopted")


def test_where_a_way_ends_in_a_verdict_the_others_keep_silent() -> None:
    vote = Place("v", "v1")
    results = {IDEA: Outcome("Trees", "not-funded"), vote: Outcome("Trees", "funded")}
    more = record(
        results=results, edges=[Edge(SAID, IDEA), Edge(IDEA, TOPIC), Edge(IDEA, vote)], tasks=TASKS | {"v": "vote"}
    )
    ((became,),) = feedback([made("ann", "s1")], more).values()
    assert (became.last_task, became.outcome) == ("vote", "funded")


def test_everyone_gets_exactly_one_and_hears_each_thing_once() -> None:
    told = feedback([made("ann", "s1"), made("ben", "s1"), made("ann", "s1"), made("ann", asset="f")], record())
    assert {subject: len(became) for subject, became in told.items()} == {"ann": 2, "ben": 1}


def test_a_ballot_without_items_hears_of_the_task() -> None:
    ((became,),) = feedback([made("ann", asset="i", action="voted")], record()).values()
    assert (became.task, became.item, became.outcome) == ("ideas", None, "taken-part")
    assert set(became.reason) == {"en", "es", "de"}


def test_what_was_left_behind_is_told_as_it_is() -> None:
    more = record(passed_on=frozenset({"needs"}), withdrawn=frozenset({Place("s", "s3")}))
    told = feedback([made("ann", "s2", "s3"), made("ann", "t9", asset="f")], more)
    assert [became.outcome for became in told["ann"]] == ["not-passed-on", "withdrawn", "recorded"]


def test_an_item_handed_to_two_places_has_two_fates() -> None:
    other = Place("f", "f2")
    paths = Lineage.of([Edge(SAID, IDEA), Edge(SAID, other), Edge(IDEA, TOPIC)]).paths(SAID)
    assert paths == [(SAID, IDEA, TOPIC), (SAID, other)]


def test_a_circle_of_handovers_ends() -> None:
    assert Lineage.of([Edge(SAID, IDEA), Edge(IDEA, SAID)]).paths(SAID) == [(SAID, IDEA)]


def test_an_item_imported_twice_goes_on_from_the_earlier_attempt() -> None:
    again = Place("i2", "x1")
    assert continued({SAID: IDEA, TOPIC: TOPIC}, {SAID: again}) == [Edge(IDEA, again)]


def chain(length: int) -> list[Entry]:
    entries: list[Entry] = []
    for number in range(1, length + 1):
        previous = entries[-1].hash if entries else GENESIS
        entries.append(
            seal(number, previous, at="2026-01-01T00:00:00Z", action="started", actor="ann", detail={"n": number})
        )
    return entries


def test_an_audit_trail_that_nobody_touched_holds() -> None:
    assert first_broken(chain(5)) is None


def test_an_entry_changed_moved_or_taken_away_is_found() -> None:
    entries = chain(5)
    changed = Entry(**{**vars(entries[2]), "detail": {"n": 99}})
    assert first_broken([*entries[:2], changed, *entries[3:]]) == 3
    assert first_broken([*entries[:2], *entries[3:]]) == 3
    assert first_broken(entries[1:]) == 1
