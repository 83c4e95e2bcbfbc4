"""What became of each contribution: one answer to every person who took part, with the reason."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from interlinker_gateway.domain.model import Texts
from interlinker_gateway.domain.provenance import Edge, Lineage, Place

TAKEN_PART = "taken-part"
NOT_PASSED_ON = "not-passed-on"
RECORDED = "recorded"
WITHDRAWN = "withdrawn"

REASONS: Mapping[str, Texts] = {
    TAKEN_PART: {
        "en": "You took part here, and your voice is counted in the result.",
        "es": "Participó aquí y su voz cuenta en el resultado.",
        "de": "Sie haben hier teilgenommen, Ihre Stimme zählt im Ergebnis.",
    },
    NOT_PASSED_ON: {
        "en": "This was read and is part of the published result; the next step did not take it up.",
        "es": "Se ha leído y forma parte del resultado publicado; el paso siguiente no lo ha recogido.",
        "de": "Das wurde gelesen und ist Teil des Ergebnisses; der nächste Schritt griff es nicht auf.",
    },
    RECORDED: {
        "en": "This is part of the published result.",
        "es": "Forma parte del resultado publicado.",
        "de": "Das ist Teil des veröffentlichten Ergebnisses.",
    },
    WITHDRAWN: {
        "en": "This was withdrawn before the process ended.",
        "es": "Se retiró antes de que terminara el proceso.",
        "de": "Das wurde zurückgezogen, bevor der Prozess endete.",
    },
}


@dataclass(frozen=True)
class Contribution:
    """What one person did once: `items` are those of the asset that she made or acted on."""

    subject: str
    asset: str
    action: str
    channel: str
    items: tuple[str, ...] = ()


@dataclass(frozen=True)
class Outcome:
    """What an asset's result says of one item."""

    title: str | None = None
    outcome: str | None = None
    reason: Texts = field(default_factory=dict)


@dataclass(frozen=True)
class Became:
    """One contribution's fate: `task` is where it was made, `last_task` where it was last heard of."""

    task: str
    action: str
    channel: str
    item: str | None
    title: str | None
    last_task: str
    outcome: str
    reason: Texts


@dataclass(frozen=True)
class Record:
    """What the feedback is made from: `tasks` names each asset's task, `passed_on` the tasks others imported from."""

    tasks: Mapping[str, str]
    results: Mapping[Place, Outcome]
    edges: Sequence[Edge] = ()
    passed_on: frozenset[str] = frozenset()
    withdrawn: frozenset[Place] = frozenset()


def feedback(contributions: Iterable[Contribution], record: Record) -> dict[str, tuple[Became, ...]]:
    """One entry for every subject, saying the same thing once however often it was touched."""
    fates = _Fates(record)
    told: dict[str, dict[tuple[str | None, ...], Became]] = {}
    for contribution in contributions:
        said = told.setdefault(contribution.subject, {})
        for became in fates.of(contribution):
            said.setdefault((became.task, became.action, became.item, became.last_task, became.outcome), became)
    return {subject: tuple(said.values()) for subject, said in told.items()}


class _Fates:
    """Follows items forward, each only once: thousands of ballots name the same few.

    Where an item went several ways, the ends that speak a verdict stand; what it was on the way to them does not.
    """

    def __init__(self, record: Record) -> None:
        self._record = record
        self._lineage = Lineage.of(record.edges)
        self._known: dict[Place, tuple[_Fate, ...]] = {}

    def of(self, contribution: Contribution) -> list[Became]:
        if not contribution.items:
            return [self._of_task(contribution)]
        return [
            _became(self._record, contribution, item, fate)
            for item in contribution.items
            for fate in self._followed(Place(contribution.asset, item))
        ]

    def _of_task(self, contribution: Contribution) -> Became:
        task = self._record.tasks.get(contribution.asset, "")
        return Became(
            task, contribution.action, contribution.channel, None, None, task, TAKEN_PART, REASONS[TAKEN_PART]
        )

    def _followed(self, start: Place) -> tuple[_Fate, ...]:
        if start not in self._known:
            fates = {fate.place: fate for fate in map(self._along, self._lineage.paths(start))}
            spoken = [fate for fate in fates.values() if fate.final]
            self._known[start] = tuple(spoken or fates.values())
        return self._known[start]

    def _along(self, path: tuple[Place, ...]) -> _Fate:
        """The last place on the way that has an outcome speaks; without one, the last place itself."""
        results = self._record.results
        titles = [results[place].title for place in path if place in results and results[place].title]
        title = titles[-1] if titles else None
        for place in reversed(path):
            known = results.get(place)
            if known is not None and known.outcome:
                return _Fate(place, title, known.outcome, known.reason, final=place == path[-1])
        return self._without_outcome(path[-1], title)

    def _without_outcome(self, place: Place, title: str | None) -> _Fate:
        if place in self._record.withdrawn:
            slug = WITHDRAWN
        elif self._record.tasks.get(place.asset) in self._record.passed_on:
            slug = NOT_PASSED_ON
        else:
            slug = RECORDED
        return _Fate(place, title, slug, REASONS[slug])


@dataclass(frozen=True)
class _Fate:
    place: Place
    title: str | None
    outcome: str
    reason: Texts
    final: bool = False


def _became(record: Record, contribution: Contribution, item: str, fate: _Fate) -> Became:
    return Became(
        task=record.tasks.get(contribution.asset, ""),
        action=contribution.action,
        channel=contribution.channel,
        item=item,
        title=fate.title,
        last_task=record.tasks.get(fate.place.asset, ""),
        outcome=fate.outcome,
        reason=fate.reason,
    )
