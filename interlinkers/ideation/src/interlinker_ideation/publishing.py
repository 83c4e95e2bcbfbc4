"""What is published of a count: a zip file with the bundle, its ballots in the field's own format, and the verifier."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Iterator
from datetime import datetime
from enum import StrEnum
from importlib.resources import files
from uuid import UUID

from pydantic import Field
from sqlalchemy.orm import Session

from interlinker_ideation import exports, store
from interlinker_ideation.domain import require_closed
from interlinker_ideation.wire import CampaignConfig
from interlinker_shared.assets import Asset, State, require
from interlinker_shared.assets.actions import ResultPendingError
from interlinker_shared.text import Wire

README = """This is all that the result of a vote was computed from.

bundle.json       the rule with its parameters, what each idea costs, every ballot (equal ones together, in the order of what is on
                  them), the hashes of all receipts, what became of each idea, every tie that was broken; and its SHA-256
ballots.*         the same ballots for other programs
verify_result.py  computes it again: python3 verify_result.py bundle.json

With --enough it also checks what is said to have sufficed for an idea that got nothing; with --receipt=TEXT it looks whether the
ballot of your receipt was counted. Nothing tells whose a ballot is, when it came, or which receipt belongs to it.
"""


class CountState(StrEnum):
    """Where a count stands."""

    NOT_CLOSED = "not-closed"
    WAITING = "waiting"
    COUNTING = "counting"
    REASONS = "reasons"
    DONE = "done"


class CountProgress(Wire):
    """How far the count of a campaign is."""

    state: CountState
    done: int = Field(0, description="Rounds that were counted, or ideas for which reasons were found.")
    of: int | None = Field(None, description="How many there are, where that is known.")


def read_progress(session: Session, campaign_id: UUID) -> CountProgress:
    """The progress of a campaign."""
    campaign = require(session, campaign_id)
    if campaign.state is not State.CLOSED:
        return CountProgress(state=CountState.NOT_CLOSED)
    row = store.progress_of(session, campaign.id)
    if row is None:
        return CountProgress(state=CountState.DONE)
    return CountProgress(state=CountState(row.phase), done=row.done, of=row.of)


def verifier() -> bytes:
    """The one file."""
    return files("interlinker_ideation").joinpath("verify_result.py").read_bytes()


def require_bundle(session: Session, campaign: Asset) -> None:
    """Raises what `exports.bundle_of` raises."""
    require_closed(closed=campaign.state is State.CLOSED)
    if store.bundle_of(session, campaign.id) is None:
        raise ResultPendingError


def zipped(session: Session, campaign: Asset) -> Iterator[bytes]:
    """A zip file, in pieces: the same bytes at every reading, as long as no idea loses its words."""
    buffer = _Pieces()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, pieces in _contents(session, campaign):
            with archive.open(_entry(name, campaign.closed_at), "w") as entry:
                for piece in pieces:
                    entry.write(piece)
                    yield buffer.drain()
            yield buffer.drain()
    yield buffer.drain()


def _contents(session: Session, campaign: Asset) -> Iterator[tuple[str, Iterator[bytes]]]:
    document = store.bundle_of(session, campaign.id)
    if document is None:
        raise ResultPendingError
    yield "README.txt", iter([README.encode()])
    yield "bundle.json", iter([document.encode()])
    ending, write = _format_of(CampaignConfig.of(campaign))
    yield f"ballots.{ending}", write(session, campaign)
    yield "verify_result.py", iter([verifier()])


def _format_of(config: CampaignConfig) -> tuple[str, Callable[[Session, Asset], Iterator[bytes]]]:
    if config.method.type == "ranked":
        return "blt", exports.ballots_as_blt
    if config.method.type in {"approval", "knapsack"} and config.budget is not None:
        return "pb", exports.ballots_as_pb
    return "csv", exports.ballots_as_csv


def _entry(name: str, closed_at: datetime | None) -> zipfile.ZipInfo:
    moment = closed_at.timetuple()[:6] if closed_at else (1980, 1, 1, 0, 0, 0)
    info = zipfile.ZipInfo(name, moment)
    info.compress_type = zipfile.ZIP_DEFLATED
    return info


class _Pieces(io.RawIOBase):
    """What is written and was not taken out yet; it cannot go back, so nothing of the file need be kept."""

    def __init__(self) -> None:
        self._written = bytearray()
        self._at = 0

    def writable(self) -> bool:
        return True

    def write(self, data: bytes) -> int:  # type: ignore[override]  # zipfile writes bytes
        self._written += data
        self._at += len(data)
        return len(data)

    def tell(self) -> int:
        return self._at

    def drain(self) -> bytes:
        """What was written since the last time."""
        piece = bytes(self._written)
        self._written.clear()
        return piece
