"""What is left after a storm, compared with what was promised: losses, doubles, inversions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, fields

Entry = tuple[str, int]
Effect = tuple[str, int, int]


@dataclass(frozen=True)
class Tally:
    """`acknowledged` is how many writes were promised to be kept; each other number should be 0."""

    acknowledged: int
    lost: int
    """Acknowledged, and not there."""
    doubled: int
    """There more often than once."""
    ineffective: int
    """There, and without an effect in a reader."""
    double_effects: int
    """Effects beyond the first of an entry."""
    inversions: int
    """Effects that came after one of a later event of their aggregate."""

    @property
    def sound(self) -> bool:
        """Whether something was promised and nothing went wrong."""
        wrong = sum(getattr(self, field.name) for field in fields(self) if field.name != "acknowledged")
        return self.acknowledged > 0 and wrong == 0


def compare(acknowledged: Collection[Entry], entries: Sequence[Entry], *readers: Sequence[Effect]) -> Tally:
    """Hold what the writer has and what each reader did, in the order it was written, against what was acknowledged."""
    kept = Counter(entries)
    done = [Counter((aggregate, number) for aggregate, number, _ in effects) for effects in readers]
    return Tally(
        acknowledged=len(acknowledged),
        lost=len(set(acknowledged) - kept.keys()),
        doubled=kept.total() - len(kept),
        ineffective=sum(len(kept.keys() - each.keys()) for each in done),
        double_effects=sum(each.total() - len(each) for each in done),
        inversions=sum(_inversions(effects) for effects in readers),
    )


def _inversions(effects: Sequence[Effect]) -> int:
    latest: dict[str, int] = {}
    found = 0
    for aggregate, _, aggseq in effects:
        found += aggseq < latest.get(aggregate, 0)
        latest[aggregate] = max(aggseq, latest.get(aggregate, 0))
    return found
