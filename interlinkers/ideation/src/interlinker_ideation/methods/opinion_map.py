"""Opinion groups: people laid out by how they voted, and put together with those who voted alike. Needs numpy (extra `maps`).

The same votes give the same groups, in whatever order people and statements come: rows are sorted by their votes first,
coordinates are rounded before anybody is put into a group, and chance comes from the seed alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from interlinker_ideation.methods.opinions import FEWEST_IN_GROUP, Votes, placed

Floats: TypeAlias = NDArray[np.float64]
Matrix: TypeAlias = NDArray[np.int8]

UNSEEN = 2
"""In a matrix of votes: this person has not voted on this statement."""

MOST_GROUPS = 5
STARTS = 10
ROUNDS = 50
DIMENSIONS = 2
WIDTH = 8  # of the block that the power iteration works on: wider than what is wanted, so that it converges soon
ITERATIONS = 40
CONVERGED = 1e-9  # of the cosine between two iterations
SAMPLE = 2000  # people among whom groups are looked for, and how well they are apart is measured
DECIMALS = 6
BATCH = 2048  # rows at a time, to hold no second matrix of floats


@dataclass(frozen=True, slots=True)
class OpinionMap:
    """People on a plane and their groups, largest first; `digest` is the SHA-256 of the votes that went in.

    People with too few votes are not on it. Where no groups of five or more people stand apart there is none.
    """

    places: dict[int, tuple[float, float]]
    groups: tuple[tuple[int, ...], ...]
    digest: str
    seed: int


def draw(votes: Votes, *, seed: int = 0) -> OpinionMap:
    """The map of the last votes of each person on each statement, by person and statement."""
    people = placed(votes)
    statements = sorted({statement for _, statement in votes})
    matrix = np.full((len(people), len(statements)), UNSEEN, dtype=np.int8)
    rows = {person: row for row, person in enumerate(people)}
    columns = {statement: column for column, statement in enumerate(statements)}
    for (person, statement), vote in votes.items():
        if person in rows:
            matrix[rows[person], columns[statement]] = vote
    return draw_matrix(matrix, people, seed=seed)


def draw_matrix(matrix: Matrix, people: Sequence[int], *, seed: int = 0) -> OpinionMap:
    """The same of a matrix (people x statements) of 1, -1, 0 and UNSEEN, in which everybody has enough votes."""
    order = _canonical(matrix)
    ordered = np.ascontiguousarray(matrix[order])
    digest = sha256(repr(ordered.shape).encode() + ordered.tobytes()).hexdigest()
    if min(ordered.shape) < DIMENSIONS or len(ordered) < 2 * FEWEST_IN_GROUP:
        return OpinionMap({}, (), digest, seed)
    plane = np.round(_project(ordered), DECIMALS)
    labels = _grouped(plane, np.random.default_rng(seed))
    places = {people[row]: (float(x), float(y)) for row, (x, y) in zip(order, plane, strict=True)}
    return OpinionMap(places, _named(labels, order, people), digest, seed)


def _canonical(matrix: Matrix) -> NDArray[np.intp]:
    """The order of rows by their votes; equal rows are equal in all that follows."""
    if not matrix.size:
        return np.arange(len(matrix))
    keys = np.ascontiguousarray(matrix.astype(np.uint8)).view(f"V{matrix.shape[1]}").ravel()
    return np.argsort(keys, kind="stable")


def _project(matrix: Matrix) -> Floats:
    """The first two principal components, missing votes taken for the statement's mean.

    People with few votes would all be drawn to the middle by that; they are moved outwards in proportion.
    """
    seen = matrix != UNSEEN
    given = seen.sum(axis=0)
    means = np.where(seen, matrix, 0).sum(axis=0, dtype=np.int64) / np.maximum(given, 1)
    centred = np.where(seen, matrix - means.astype(np.float32), np.float32(0)).astype(np.float32)
    components = _components(centred)
    stretch = np.sqrt(matrix.shape[1] / np.maximum(seen.sum(axis=1), 1))
    projected: Floats = (centred @ components.astype(np.float32)).astype(np.float64) * stretch[:, np.newaxis]
    return projected


def _components(centred: NDArray[np.float32]) -> Floats:
    """The two directions of largest variance (statements x 2), by power iteration on a block; the largest weight is positive."""
    width = min(WIDTH, *centred.shape)
    start = np.random.default_rng(0).standard_normal((centred.shape[1], width))
    block = np.linalg.qr(start)[0]
    components: Floats = block[:, :DIMENSIONS]
    for _ in range(ITERATIONS):
        stretched = _covariance_times(centred, block)
        small = block.T @ stretched
        values, vectors = np.linalg.eigh((small + small.T) / 2)
        before, components = components, block @ vectors[:, np.argsort(-values)[:DIMENSIONS]]
        if np.abs(np.abs((before * components).sum(axis=0)) - 1).max() < CONVERGED:
            break
        block = np.linalg.qr(stretched)[0]
    heaviest = np.abs(np.round(components, DECIMALS)).argmax(axis=0)
    signs = np.sign(components[heaviest, np.arange(DIMENSIONS)])
    return components * np.where(signs == 0, 1, signs)


def _covariance_times(centred: NDArray[np.float32], block: Floats) -> Floats:
    """X'X times the block, in batches of rows."""
    total = np.zeros_like(block)
    narrow = block.astype(np.float32)
    for begin in range(0, len(centred), BATCH):
        rows = centred[begin : begin + BATCH]
        total += rows.T @ (rows @ narrow)
    return total


def _grouped(plane: Floats, rng: np.random.Generator) -> NDArray[np.intp]:
    """The labels of the number of groups, from 2 to 5, that stand apart best; all 0 where a group would be too small."""
    sample = plane[:: max(1, -(-len(plane) // SAMPLE))]
    best, labels = 0.0, np.zeros(len(plane), dtype=np.intp)
    for groups in range(2, MOST_GROUPS + 1):
        centres = _settled(plane, _centres(sample, groups, rng))[1]
        found = _nearest(plane, centres)
        if np.bincount(found, minlength=groups).min() < FEWEST_IN_GROUP:
            continue
        apart = round(_silhouette(sample, _nearest(sample, centres)), DECIMALS)
        if apart > best:
            best, labels = apart, found
    return labels


def _centres(plane: Floats, groups: int, rng: np.random.Generator) -> Floats:
    """The best of several runs of k-means among the sample, each begun by k-means++."""
    runs = [_settled(plane, _spread(plane, groups, rng)) for _ in range(STARTS)]
    return min(runs, key=lambda run: round(run[0], DECIMALS))[1]


def _spread(plane: Floats, groups: int, rng: np.random.Generator) -> Floats:
    """Beginning centres, each drawn with a chance that grows with the squared distance from those before."""
    centres = [plane[rng.integers(len(plane))]]
    while len(centres) < groups:
        distances = _distances(plane, np.array(centres)).min(axis=1)
        total = distances.sum()
        at = rng.random() * total
        centres.append(plane[min(int(np.searchsorted(np.cumsum(distances), at)), len(plane) - 1)])
    return np.array(centres)


def _settled(plane: Floats, centres: Floats) -> tuple[float, Floats]:
    """Lloyd's iterations until nobody moves; the sum of squared distances and the centres."""
    labels = _nearest(plane, centres)
    for _ in range(ROUNDS):
        sums = np.stack([np.bincount(labels, plane[:, axis], len(centres)) for axis in range(DIMENSIONS)], axis=1)
        sizes = np.bincount(labels, minlength=len(centres))
        centres = np.where(sizes[:, np.newaxis] > 0, sums / np.maximum(sizes, 1)[:, np.newaxis], centres)
        moved = _nearest(plane, centres)
        if np.array_equal(moved, labels):
            break
        labels = moved
    return float(_distances(plane, centres).min(axis=1).sum()), centres


def _nearest(plane: Floats, centres: Floats) -> NDArray[np.intp]:
    nearest: NDArray[np.intp] = _distances(plane, centres).argmin(axis=1)
    return nearest


def _distances(plane: Floats, centres: Floats) -> Floats:
    """Squared distances (people x centres)."""
    squared: Floats = ((plane[:, np.newaxis, :] - centres[np.newaxis, :, :]) ** 2).sum(axis=2)
    return squared


def _silhouette(plane: Floats, labels: NDArray[np.intp]) -> float:
    """The mean silhouette: 1 where groups are far apart and close in themselves, 0 where they touch."""
    sizes = np.bincount(labels)
    if len(sizes) < 2 or sizes.min() < 2:  # noqa: PLR2004 - nobody to compare with
        return 0.0
    members = np.eye(len(sizes))[labels]
    sums = np.sqrt(_distances(plane, plane)) @ members
    own = sums[np.arange(len(plane)), labels] / (sizes[labels] - 1)
    means = sums / sizes
    means[np.arange(len(plane)), labels] = np.inf
    other = means.min(axis=1)
    return float(((other - own) / np.maximum(np.maximum(other, own), 1e-12)).mean())


def _named(labels: NDArray[np.intp], order: NDArray[np.intp], people: Sequence[int]) -> tuple[tuple[int, ...], ...]:
    """The groups as people, the largest first, equal ones by the canonical order of their first; none where all are in one."""
    found = sorted(
        set(labels.tolist()), key=lambda label: (-int((labels == label).sum()), int(np.argmax(labels == label)))
    )
    if len(found) < 2:  # noqa: PLR2004 - one group is no group
        return ()
    return tuple(tuple(sorted(people[row] for row in order[labels == label].tolist())) for label in found)
