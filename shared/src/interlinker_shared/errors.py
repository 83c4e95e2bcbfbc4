"""The errors a domain can raise: they know their kind and slug, never a protocol. Standard library only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True)
class FieldError:
    """One wrong field: `pointer` is an RFC 6901 JSON pointer into the request body."""

    pointer: str
    message: str
    code: str = "invalid"


def pointer(*parts: str | int) -> str:
    """An RFC 6901 JSON pointer to the place that `parts` lead to."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in parts)


def plain(message: str) -> str:
    """A validator's message without the name of the exception that it was raised with."""
    return message.removeprefix("Value error, ")


class DomainError(Exception):
    """Base of all errors that a person or program who calls us caused or can act on."""

    slug: ClassVar[str] = "error"

    def __init__(self, message: str, *, slug: str | None = None, retry_after: int | None = None) -> None:
        """`slug` overrides the class's own; `retry_after` is in seconds."""
        super().__init__(message)
        self.message = message
        self.kind_slug = slug or self.slug
        self.retry_after = retry_after


class InvalidError(DomainError):
    """The input is well-formed but wrong; `fields` says where."""

    slug = "invalid"

    def __init__(
        self,
        message: str,
        *,
        slug: str | None = None,
        pointer: str | None = None,
        fields: tuple[FieldError, ...] = (),
    ) -> None:
        """A single `pointer` is short for one field error with this message."""
        super().__init__(message, slug=slug)
        single = () if pointer is None else (FieldError(pointer, message, self.kind_slug),)
        self.fields = fields or single

    @classmethod
    def many(cls, fields: list[FieldError]) -> InvalidError:
        """Several wrong fields at once."""
        return cls(
            f"{len(fields)} fields are not valid." if len(fields) != 1 else fields[0].message, fields=tuple(fields)
        )


class MalformedError(DomainError):
    """The input cannot be read at all."""

    slug = "malformed"


class UnauthorisedError(DomainError):
    """Who is calling is not known, or her token is not valid."""

    slug = "unauthorised"


class ForbiddenError(DomainError):
    """Who is calling is known and may not do this."""

    slug = "forbidden"


class NotFoundError(DomainError):
    """There is no such thing, or none that the caller may know of."""

    slug = "not-found"

    def __init__(self, message: str = "There is nothing here under this address.") -> None:
        """One constant message, so that a hidden thing answers exactly like a missing one."""
        super().__init__(message)


class ConflictError(DomainError):
    """The state of things does not allow this now."""

    slug = "conflict"


class PreconditionError(DomainError):
    """The caller has seen an older version than the current one."""

    slug = "precondition-failed"


class PreconditionMissingError(DomainError):
    """A change needs If-Match and came without."""

    slug = "precondition-required"


class TooLargeError(DomainError):
    """The input is larger than this service takes."""

    slug = "too-large"


class UnsupportedMediaError(DomainError):
    """The body is of a type that this address does not take."""

    slug = "unsupported-media-type"


class TooManyError(DomainError):
    """The caller asks too often."""

    slug = "too-many-requests"


class UnavailableError(DomainError):
    """The service cannot do this right now; the caller may try again after `retry_after` seconds."""

    slug = "unavailable"


class StorageFullError(DomainError):
    """There is no room left to store anything; what is stored can still be read."""

    slug = "storage-full"
