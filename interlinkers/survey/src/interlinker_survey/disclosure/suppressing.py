"""Two variables: which cells of a table are left out, so that none of them can be worked out from the rest."""

from __future__ import annotations

import heapq
from collections.abc import Collection, Iterator

from interlinker_survey.disclosure.flows import Cell, Cells, pinned

_Node = tuple[bool, int]  # (is a row, its place)

SHOWN_BEFORE = 1.0
"""What it costs to leave out one more cell; what it holds, as a share of the whole table, comes on top."""
EMPTY = 1.9
"""An empty cell hides less: a reader may know that it must be empty. So two others rather than one of these, almost."""


def suppress(cells: Cells, least: int, before: Collection[Cell] = ()) -> frozenset[Cell]:
    """The cells to leave out, those left out `before` among them; each can be told to no less than `least`.

    Every margin must be 0 or at least `least`, and two rows and two columns not empty. Around each cell that tells too much
    a cheapest cycle of cells is left out along which `least` answers can be moved without a change to anything shown. Where
    there is none, or the exact bounds say that it did not help, all cells are left out: with such margins that always does
    (see the README). Cells of empty lines hold nothing; what was left out of them before stays out.
    O(s · c log c) for s sensitive ones of c cells, and O(least · h²) to judge h hidden ones.
    """
    if least <= 1:
        return frozenset()
    full = everything(cells)
    hidden = full & (set(before) | set(sensitive(cells, least)))
    safe: set[Cell] = set()
    for cell in sorted(hidden, key=lambda one: (cells[one[0]][one[1]], one)):
        if cell not in safe:
            cycle = _cycle(cells, hidden, cell, least)
            if cycle is None:
                return full | set(before)
            hidden |= cycle
            safe |= cycle
    return (full if pinned(cells, hidden, least) else hidden) | set(before)


def sensitive(cells: Cells, least: int) -> Iterator[Cell]:
    """Cells that hold somebody but too few, and those that hold all of a row or column: they tell of each one in it."""
    rows = [sum(line) for line in cells]
    columns = [sum(line) for line in zip(*cells, strict=True)]
    for row, line in enumerate(cells):
        for column, held in enumerate(line):
            if 0 < held < least or (held and held in {rows[row], columns[column]}):
                yield row, column


def everything(cells: Cells) -> frozenset[Cell]:
    """All cells that are not empty by their margins."""
    rows = [row for row, line in enumerate(cells) if any(line)]
    columns = [column for column, line in enumerate(zip(*cells, strict=True)) if any(line)]
    return frozenset((row, column) for row in rows for column in columns)


def _cycle(cells: Cells, hidden: Collection[Cell], cell: Cell, least: int) -> set[Cell] | None:
    """The cheapest cycle through a cell along which `least` can be moved: those that shrink by it hold as much."""
    row, column = cell
    grows = _cheapest(cells, hidden, cell, least, ((False, column), (True, row)))
    may_shrink = cells[row][column] >= least
    shrinks = _cheapest(cells, hidden, cell, least, ((True, row), (False, column))) if may_shrink else None
    found = [way for way in (grows, shrinks) if way is not None]
    return min(found, key=lambda way: way[0])[1] | {cell} if found else None


def _cheapest(
    cells: Cells, hidden: Collection[Cell], apart: Cell, least: int, ends: tuple[_Node, _Node]
) -> tuple[float, set[Cell]] | None:
    """Dijkstra over rows and columns; hidden cells are free."""
    source, sink = ends
    lines = {True: _full([any(line) for line in cells]), False: _full([any(line) for line in zip(*cells, strict=True)])}
    size = sum(map(sum, cells))
    done: set[_Node] = set()
    queue: list[tuple[float, _Node, tuple[Cell, ...]]] = [(0.0, source, ())]
    while queue:
        cost, node, way = heapq.heappop(queue)
        if node == sink:
            return cost, set(way)
        if node in done:
            continue
        done.add(node)
        is_row, place = node
        for other in lines[not is_row]:
            step = (place, other) if is_row else (other, place)
            held = cells[step[0]][step[1]]
            if step != apart and (not is_row, other) not in done and (is_row or held >= least):
                price = 0.0 if step in hidden else SHOWN_BEFORE + held / size if held else EMPTY
                heapq.heappush(queue, (cost + price, (not is_row, other), (*way, step)))
    return None


def _full(lines: list[bool]) -> list[int]:
    return [place for place, full in enumerate(lines) if full]
