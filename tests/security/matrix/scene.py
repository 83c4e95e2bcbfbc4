"""A service, the strangers in front of it, and what they could ask."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

from tests.security.matrix.actors import Actor, strangers
from tests.security.matrix.judge import Case, cases, lists
from tests.security.matrix.lab import Findings, laboratory, proven
from tests.security.matrix.places import Place, PostgresPlace, SqlitePlace
from tests.security.matrix.world import Change, World, as_it_is, peopled

MEMORY = "/dev/shm"  # noqa: S108 - a folder of our own below it: what is tried here is not whether it lasts


@dataclass(frozen=True)
class Scene:
    """A service, the strangers in front of it, and what they could ask."""

    world: World
    actors: list[Actor]
    findings: Findings

    def tried(self) -> list[Case]:
        """All that must be refused."""
        return list(cases(self.world, self.actors, self.findings))

    def read(self) -> list[Case]:
        """All that strangers may see."""
        return list(lists(self.world, self.actors, self.findings))


@contextlib.asynccontextmanager
async def set_up(service: str, change: Change = as_it_is, *, url: str | None = None) -> AsyncIterator[Scene]:
    """The scene, in memory, or in the empty PostgreSQL database at `url`."""
    with tempfile.TemporaryDirectory(dir=MEMORY if os.access(MEMORY, os.W_OK) else None) as made:
        folder, beside = Path(made, "service"), Path(made, "lab")
        for one in (folder, beside):
            os.mkdir(one)  # noqa: PTH102 - a memory file system blocks nobody
        place: Place = PostgresPlace(service, folder, url) if url else SqlitePlace(service, folder)
        async with peopled(service, place, change) as world:
            async with laboratory(world, beside) as lab:
                findings = await proven(world, lab)
            yield Scene(world, await strangers(world), findings)
