"""What an attacker can work out of a table with gaps: exact bounds of what was left out, by maximum flows."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Sequence

Cell = tuple[int, int]
Cells = Sequence[Sequence[int]]
_Node = tuple[bool, int]  # (is a row, its place)


def reach(cells: Cells, hidden: Collection[Cell], cell: Cell, enough: int) -> int:
    """How far apart the least and the greatest value of a hidden cell are that fit all that is shown; `enough` at most.

    Shown are all margins and all cells but the hidden ones. What can be moved along alternating rows and columns of hidden cells is a
    maximum flow (whole numbers, so that the bounds are exact, not those of a relaxation). O(enough · |hidden|).
    """
    row, column = cell
    others = set(hidden) - {cell}
    up = _flow(cells, others, (False, column), (True, row), enough)
    if up >= enough:
        return enough
    most_down = min(cells[row][column], enough - up)
    return up + _flow(cells, others, (True, row), (False, column), most_down)


def pinned(cells: Cells, hidden: Collection[Cell], enough: int) -> list[Cell]:
    """The hidden cells whose value can be told to less than `enough`."""
    return [cell for cell in sorted(hidden) if reach(cells, hidden, cell, enough) < enough]


def _flow(cells: Cells, hidden: Collection[Cell], source: _Node, sink: _Node, limit: int) -> int:
    """How much can be moved from source to sink: from a row to a column a cell grows, the other way it shrinks to 0 at most."""
    beside = _beside(hidden)
    moved: dict[Cell, int] = {}
    total = 0
    while total < limit:
        way = _shortest(cells, beside, moved, source, sink)
        if way is None:
            break
        room = min((cells[r][c] + moved.get((r, c), 0) for grows, (r, c) in way if not grows), default=limit)
        step = min(room, limit - total)
        for grows, cell in way:
            moved[cell] = moved.get(cell, 0) + (step if grows else -step)
        total += step
    return total


def _beside(hidden: Collection[Cell]) -> dict[_Node, list[int]]:
    lines: dict[_Node, list[int]] = {}
    for row, column in sorted(hidden):
        lines.setdefault((True, row), []).append(column)
        lines.setdefault((False, column), []).append(row)
    return lines


def _shortest(
    cells: Cells, beside: dict[_Node, list[int]], moved: dict[Cell, int], source: _Node, sink: _Node
) -> list[tuple[bool, Cell]] | None:
    """The steps of a shortest way with room left: (whether the cell grows, the cell)."""
    came: dict[_Node, _Node] = {source: source}
    queue = deque([source])
    while queue and sink not in came:
        node = queue.popleft()
        is_row, place = node
        for other in beside.get(node, ()):
            there = (not is_row, other)
            row, column = (place, other) if is_row else (other, place)
            if there not in came and (is_row or cells[row][column] + moved.get((row, column), 0) > 0):
                came[there] = node
                queue.append(there)
    return _way(came, source, sink) if sink in came else None


def _way(came: dict[_Node, _Node], source: _Node, sink: _Node) -> list[tuple[bool, Cell]]:
    steps: list[tuple[bool, Cell]] = []
    node = sink
    while node != source:
        before = came[node]
        steps.append((True, (before[1], node[1])) if before[0] else (False, (node[1], before[1])))
        node = before
    return steps
