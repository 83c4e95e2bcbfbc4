"""What a route needs from the outside: who calls, the database, the time, a page of a list."""

from interlinker_shared.http.cache import public
from interlinker_shared.http.dependencies import (
    Anyone,
    Database,
    Member,
    Moderator,
    Now,
    Observer,
    Owner,
    Paging,
)
from interlinker_shared.http.paging import Cursor, Listing, decode_cursor, encode_cursor, listing, page_response

__all__ = [
    "Anyone",
    "Cursor",
    "Database",
    "Listing",
    "Member",
    "Moderator",
    "Now",
    "Observer",
    "Owner",
    "Paging",
    "decode_cursor",
    "encode_cursor",
    "listing",
    "page_response",
    "public",
]
