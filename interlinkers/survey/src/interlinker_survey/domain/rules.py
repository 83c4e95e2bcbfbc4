"""What a participant may not do, by name."""

from interlinker_shared.errors import ConflictError, ForbiddenError, NotFoundError, UnauthorisedError


def N_(message: str) -> str:  # noqa: N802 - gettext's own name for "extract me, translate me later"
    """Mark a text that people read for the catalogues."""
    return message


class AlreadyAnsweredError(ConflictError):
    """One account, one response; it can be replaced until the survey closes."""

    slug = "already-answered"


class AnswersSealedError(ForbiddenError):
    """Anonymous answers: nobody finds those of one person, and nobody reads any before the end."""

    slug = "answers-sealed"


class GuestsNotAllowedError(UnauthorisedError):
    """This survey takes answers of known accounts only."""

    slug = "guests-not-allowed"


class ImportTooLateError(ConflictError):
    """What a survey asks is fixed once people can answer."""

    slug = "asset-open"


class ResponseEntryError(ForbiddenError):
    """Only staff enter answers for somebody else, or say that they came on paper, by phone or at a desk."""

    slug = "entry-for-others"


class ResponseKnownError(ConflictError):
    """This very response has come in already."""

    slug = "response-known"


class ResponseMissingError(NotFoundError):
    """There is no response of this account yet."""


class EditsOverError(ForbiddenError):
    """What was sent to this survey stays as it is."""

    slug = "edits-over"


class VersionMissingError(NotFoundError):
    """There is no version of this number."""


class VersionSupersededError(ConflictError):
    """Answers to a version that is not in force any more came too late."""

    slug = "version-superseded"


class VersionRefusedError(ConflictError):
    """What is asked cannot change in this way while people answer."""

    slug = "version-refused"
