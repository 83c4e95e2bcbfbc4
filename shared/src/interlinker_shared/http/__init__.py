"""What a route needs from the outside: who calls, the database, the time, a page of a list."""

from interlinker_shared.http.cache import public
from interlinker_shared.http.dependencies import (
    Anyone,
    AnyoneHere,
    Database,
    Member,
    MemberHere,
    Moderator,
    ModeratorHere,
    Now,
    Observer,
    Owner,
    OwnerHere,
    Paging,
)
from interlinker_shared.http.paging import Cursor, Listing, decode_cursor, encode_cursor, listing, page_response

__all__ = [
    "Anyone",
    "AnyoneHere",
    "Cursor",
    "Database",
    "Listing",
    "Member",
    "MemberHere",
    "Moderator",
    "ModeratorHere",
    "Now",
    "Observer",
    "Owner",
    "OwnerHere",
    "Paging",
    "decode_cursor",
    "encode_cursor",
    "listing",
    "page_response",
    "public",
]
