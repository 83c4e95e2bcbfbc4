"""Answers that are files: they begin once it is known that they can, and end early when the reader leaves."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncGenerator, AsyncIterator

from starlette.responses import StreamingResponse


async def as_file(chunks: AsyncGenerator[bytes], name: str, media_type: str) -> StreamingResponse:
    """A download. Raises what the first chunk raises; `name` is plain ASCII without quotes."""
    begun = await _begun(chunks)
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return StreamingResponse(begun, media_type=media_type, headers=headers)


async def _begun(chunks: AsyncGenerator[bytes]) -> AsyncIterator[bytes]:
    """The stream with its first chunk at hand: what cannot be exported is refused before the answer begins."""
    first = await anext(chunks, b"")

    async def whole() -> AsyncIterator[bytes]:
        async with contextlib.aclosing(chunks):
            yield first
            async for chunk in chunks:
                yield chunk

    return whole()
