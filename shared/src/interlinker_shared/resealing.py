"""At the start of a service: everything that is not sealed with its present secret is sealed anew."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple, cast

import structlog
from sqlalchemy import ColumnElement, Table, delete, select, true, update
from sqlalchemy.orm import Session

from interlinker_shared.db import Database, compact, forgetting
from interlinker_shared.embed.store import SEALED as OF_HOSTS
from interlinker_shared.embed.store import EmbedHostRow, is_secret
from interlinker_shared.mail.store import SEALED as OF_LETTERS
from interlinker_shared.mail.store import MailRow
from interlinker_shared.sealing import PREFIX, LostSecretError, seal_of
from interlinker_shared.webhooks.store import SEALED as OF_WEBHOOKS
from interlinker_shared.webhooks.store import WebhookRow

log = structlog.get_logger()


class _Sealed(NamedTuple):
    """A column whose values are sealed, each for the row with its `id`; `of` says for what kind of thing."""

    rows: Table
    column: str
    of: str
    only: ColumnElement[bool] = true()


_COLUMNS = (
    _Sealed(cast("Table", WebhookRow.__table__), "secret", OF_WEBHOOKS),
    _Sealed(cast("Table", WebhookRow.__table__), "old_secret", OF_WEBHOOKS),
    _Sealed(cast("Table", EmbedHostRow.__table__), "key", OF_HOSTS, is_secret),
    _Sealed(cast("Table", MailRow.__table__), "body", OF_LETTERS),
)


async def reseal(db: Database) -> None:
    """Seal with the present secret what is in clear or was sealed with a former one; log what nobody can open any more."""
    if not await db.read(_any_other):
        return
    anew, lost = await db.write(_seal_anew)
    log.info("secrets sealed anew", secrets=anew)
    if lost:
        log.error("secrets that no known secret opens: make new ones, or tell this service its former secret", of=lost)


def _any_other(session: Session) -> bool:
    return any(True for _ in _others(session))


def _seal_anew(session: Session) -> tuple[int, list[str]]:
    seal, anew, lost, in_clear = seal_of(session), 0, set[str](), False
    with forgetting(session):
        for column, row in list(_others(session)):
            whose = f"{column.of}{row.id}"
            try:
                text = seal.open(row.kept, of=whose)
            except LostSecretError:
                lost.add(whose)
                _let_go(session, column, row.id)
                continue
            values = {column.column: seal.seal(text, of=whose)}
            session.execute(update(column.rows).where(column.rows.c.id == row.id).values(values))
            anew, in_clear = anew + 1, in_clear or not row.kept.startswith(PREFIX)
    if in_clear:
        compact(session)  # or a page that was moved once still holds what was in clear
    return anew, sorted(lost)


def _let_go(session: Session, column: _Sealed, lost: Any) -> None:
    """A letter that nobody can read is worth nothing; a webhook or a portal gets a new secret from its owner."""
    if column.of == OF_LETTERS:
        session.execute(delete(MailRow).where(MailRow.id == lost))


def _others(session: Session) -> Iterator[tuple[_Sealed, Any]]:
    mark = seal_of(session).mark
    for column in _COLUMNS:
        kept = column.rows.c[column.column]
        query = select(column.rows.c.id, kept.label("kept")).where(column.only, ~kept.startswith(mark))
        for row in session.execute(query):
            yield column, row
