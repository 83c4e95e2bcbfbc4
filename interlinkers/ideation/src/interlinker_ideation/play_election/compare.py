"""Sets the services' result beside the official figures of the file."""

from __future__ import annotations

from dataclasses import dataclass

from rich.table import Table

from interlinker_ideation.formats.pabulib import Election
from interlinker_ideation.methods.placement import count_approvals
from interlinker_ideation.play_election.run import RULES, Played


@dataclass(frozen=True, slots=True)
class Row:
    """One project: votes as the result has them and as is official; funded and officially selected (None: not told)."""

    project: str
    name: str
    cost: int
    votes: int | None
    official_votes: int
    funded: bool
    selected: bool | None

    @property
    def equal(self) -> bool:
        return self.votes == self.official_votes


@dataclass(frozen=True, slots=True)
class Comparison:
    """All rows in the order of the result, and whether every ballot of the file was accepted and counted once.

    `followed` is whether the file's own rule was followed: then its winners must be the same.
    """

    rows: tuple[Row, ...]
    ballots: int
    accepted: int
    counted: int
    followed: bool

    @property
    def equal(self) -> int:
        return sum(row.equal for row in self.rows)

    @property
    def winners(self) -> tuple[int, int]:
        """How many official winners have won here, and how many there are."""
        official = [row for row in self.rows if row.selected]
        return sum(row.funded for row in official), len(official)

    @property
    def same_winners(self) -> bool:
        """Whether everybody won here who did officially, and nobody else, as far as the file tells."""
        return all(row.funded is row.selected for row in self.rows if row.selected is not None)

    @property
    def holds(self) -> bool:
        """Every count is equal, every ballot is in, and the file's own rule, where it was followed, has its winners."""
        counts = self.equal == len(self.rows) and self.ballots == self.accepted == self.counted
        return counts and (self.same_winners or not self.followed)


def compare(election: Election, played: Played) -> Comparison:
    """Official votes are the file's own column, or a recount of its ballots where it has none."""
    order = {project.id: number for number, project in enumerate(election.projects)}
    recount = count_approvals(([order[key] for key in vote.approved], 1) for vote in election.votes)
    rows = []
    for number, project in enumerate(election.projects):
        item = played.item_of(project.id)
        rows.append(
            Row(
                project=project.id,
                name=project.name,
                cost=project.cost,
                votes=item.get("votes"),
                official_votes=recount[number] if project.votes is None else project.votes,
                funded=item.get("funded") is True,
                selected=project.selected,
            )
        )
    rows.sort(key=lambda row: -row.official_votes)
    followed = election.rule.lower() in RULES
    return Comparison(tuple(rows), len(election.votes), played.accepted, played.result["counts"]["ballots"], followed)


def as_table(comparison: Comparison) -> Table:
    """Project by project, side by side."""
    table = Table(title="result and official figures", expand=True)
    table.add_column("project", overflow="ellipsis", no_wrap=True, ratio=1)
    for heading, width in (("cost", 11), ("votes", 7), ("official", 8), ("funded", 6), ("selected", 8)):
        table.add_column(heading, justify="right", min_width=width)
    for row in comparison.rows:
        style = None if row.equal else "bold red"
        figures = (f"{row.cost:,}", str(row.votes), str(row.official_votes), _yes(row.funded), _yes(row.selected))
        table.add_row(f"{row.project} {row.name}", *figures, style=style)
    return table


def _yes(value: bool | None) -> str:  # noqa: FBT001 - the value itself, not a switch
    return {True: "yes", False: "-", None: "?"}[value]


def rule_notice(election: Election, comparison: Comparison, rule: str) -> list[str]:
    """Which rule decided here, and which one officially."""
    lines = [f"rule used here: {rule}; the file's own rule: {election.rule or 'not told'}"]
    if not comparison.followed:
        lines.append("The file's own rule is another one, so its winners may differ; its vote counts may not.")
    return lines
