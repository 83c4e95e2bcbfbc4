"""Reads and writes `.pb` files, the exchange format for participatory budgets, with approval ballots.

Format: https://pabulib.org/format. One UTF-8 file with the sections META, PROJECTS and VOTES, each a CSV table of its
own with `;` between fields, a header line, and double quotes doubled inside quoted fields.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from interlinker_ideation.formats.lines import CHUNK, Complaints, decode, drain
from interlinker_shared.errors import InvalidError

APPROVAL = "approval"
BROKEN = "The file is not a valid .pb file."

_REQUIRED = {"META": ("key", "value"), "PROJECTS": ("project_id", "cost"), "VOTES": ("voter_id", "vote")}


class PabulibError(InvalidError):
    """The file breaks the format; each field error's pointer is `/<line>/<field>`, its message names both."""

    slug = "invalid-pabulib"


@dataclass(frozen=True, slots=True)
class Project:
    """`votes` and `selected` are the official figures, where the file has them; money in whole units."""

    id: str
    cost: int
    name: str = ""
    votes: int | None = None
    selected: bool | None = None


@dataclass(frozen=True, slots=True)
class Vote:
    voter: str
    approved: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Election:
    """A whole file; `meta` keeps every pair as written."""

    meta: Mapping[str, str]
    budget: int
    projects: tuple[Project, ...]
    votes: tuple[Vote, ...]

    @property
    def rule(self) -> str:
        return self.meta.get("rule", "")


@dataclass(frozen=True, slots=True)
class _Row:
    line: int
    fields: Mapping[str, str]


def parse(data: bytes) -> Election:
    """Read an approval election. Raises PabulibError with every line and field that is wrong."""
    complaints = Complaints(PabulibError)
    sections = _sections(decode(data, PabulibError), complaints)
    complaints.raise_if_any(BROKEN)
    meta = {row.fields["key"]: row.fields["value"] for row in sections["META"]}
    lines = {row.fields["key"]: row.line for row in sections["META"]}
    projects = tuple(_projects(sections["PROJECTS"], complaints))
    votes = tuple(_votes(sections["VOTES"], {project.id for project in projects}, complaints))
    budget = complaints.whole(lines.get("budget", 1), "budget", meta.get("budget", ""))
    _check_meta(meta, lines, {"num_projects": len(projects), "num_votes": len(votes)}, complaints)
    complaints.raise_if_any(BROKEN)
    return Election(meta, budget, projects, votes)


def _sections(text: str, complaints: Complaints) -> dict[str, list[_Row]]:
    """Split the file into its three tables."""
    sections: dict[str, list[_Row]] = {}
    title = ""
    header: list[str] = []
    for line, cells in _records(text, complaints):
        if len(cells) == 1 and cells[0] in _REQUIRED:
            title, header = cells[0], []
            sections[title] = []
        elif not title:
            complaints.add(line, "section", "expected META")
            break
        elif not header:
            header = cells
            _check_header(line, title, header, complaints)
        elif len(cells) != len(header):
            complaints.add(line, title, f"{len(cells)} fields where the header has {len(header)}")
        else:
            sections[title].append(_Row(line, dict(zip(header, cells, strict=True))))
    for missing in _REQUIRED.keys() - sections.keys():
        complaints.add(text.count("\n") + 1, missing, "this section is missing")
    return sections


def _records(text: str, complaints: Complaints) -> Iterator[tuple[int, list[str]]]:
    """Each non-empty record with the line it begins on."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=";", strict=True)
    line = 1
    try:
        for cells in reader:
            if any(cells):
                yield line, [cell.strip() for cell in cells]
            line = reader.line_num + 1
    except csv.Error as error:
        complaints.add(line, "quoting", str(error))


def _check_header(line: int, title: str, header: list[str], complaints: Complaints) -> None:
    for column in _REQUIRED[title]:
        if column not in header:
            complaints.add(line, column, f"{title} needs this column")


def _projects(rows: Iterable[_Row], complaints: Complaints) -> Iterator[Project]:
    seen: set[str] = set()
    for row in rows:
        key = row.fields["project_id"]
        if not key or key in seen:
            complaints.add(row.line, "project_id", f"{key!r} is empty or used before")
        seen.add(key)
        yield Project(
            id=key,
            cost=complaints.whole(row.line, "cost", row.fields["cost"]),
            name=row.fields.get("name", ""),
            votes=complaints.whole(row.line, "votes", row.fields["votes"]) if row.fields.get("votes") else None,
            # 1 is selected; other values above 0 are selections for a reason outside the vote
            selected=row.fields["selected"] == "1" if row.fields.get("selected") else None,
        )


def _votes(rows: Iterable[_Row], known: set[str], complaints: Complaints) -> Iterator[Vote]:
    seen: set[str] = set()
    for row in rows:
        voter = row.fields["voter_id"]
        if not voter or voter in seen:
            complaints.add(row.line, "voter_id", f"{voter!r} is empty or used before")
        seen.add(voter)
        approved = tuple(part.strip() for part in row.fields["vote"].split(",") if part.strip())
        for key in dict.fromkeys(approved):
            if key not in known:
                complaints.add(row.line, "vote", f"there is no project {key!r}")
        if len(set(approved)) < len(approved):
            complaints.add(row.line, "vote", "names a project twice")
        yield Vote(voter, approved)


def _check_meta(
    meta: Mapping[str, str], lines: Mapping[str, int], counted: Mapping[str, int], complaints: Complaints
) -> None:
    kind = meta.get("vote_type", APPROVAL)
    if kind != APPROVAL:
        complaints.add(lines["vote_type"], "vote_type", f"only approval ballots can be read, not {kind!r}")
    for key, number in counted.items():
        if key in meta and complaints.whole(lines[key], key, meta[key]) != number:
            complaints.add(lines[key], key, f"says {meta[key]}, but the file has {number}")


def write(meta: Mapping[str, str], projects: Iterable[Project], votes: Iterable[Vote]) -> Iterator[bytes]:
    """The lines of a `.pb` file, streamed; `meta` should hold what https://pabulib.org/format calls obligatory."""
    yield from _table("META", ("key", "value"), meta.items())
    header = ("project_id", "cost", "votes", "name", "selected")
    yield from _table("PROJECTS", header, ((p.id, p.cost, p.votes, p.name, int(bool(p.selected))) for p in projects))
    yield from _table("VOTES", ("voter_id", "vote"), ((vote.voter, ",".join(vote.approved)) for vote in votes))


def _table(title: str, header: tuple[str, ...], rows: Iterable[Iterable[object]]) -> Iterator[bytes]:
    buffer = io.StringIO()
    writer = csv.writer(buffer, delimiter=";", lineterminator="\n")
    buffer.write(f"{title}\n")
    writer.writerow(header)
    for row in rows:
        writer.writerow(row)
        if buffer.tell() > CHUNK:
            yield drain(buffer)
    yield drain(buffer)
