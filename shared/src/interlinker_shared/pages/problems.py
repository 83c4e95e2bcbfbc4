"""What an error page says for each HTTP status: what happened, and what to do next."""

from __future__ import annotations

from interlinker_shared.pages.form_state import N_

Words = tuple[str, str]

_MALFORMED = (N_("We could not read this"), N_("Go back, reload the page and try again."))
_MOVED_ON = (N_("Someone changed this in the meantime"), N_("Reload the page to see what is new, then try again."))
_OUR_FAULT = (
    N_("Something went wrong on our side"),
    N_("Nothing of what you sent was saved. Please try again in a few minutes."),
)

PROBLEMS: dict[int, Words] = {
    400: _MALFORMED,
    401: (N_("Please sign in first"), N_("Open this page from the site that led you here, or sign in again.")),
    403: (N_("You may not do this"), N_("If you think you should, ask the people who run this service.")),
    404: (N_("Page not found"), N_("Check the address. The page may have been removed, or is not open yet.")),
    405: (N_("This address cannot do that"), N_("Go back and use the buttons of the page.")),
    409: (N_("This is not possible now"), N_("It may have been closed, or done already. Reload the page to see.")),
    412: _MOVED_ON,
    413: (N_("This is too large"), N_("Shorten what you send and try again.")),
    415: _MALFORMED,
    422: (N_("Something is not right yet"), N_("Go back, correct what is listed here and send it again.")),
    428: _MOVED_ON,
    429: (N_("Too many requests"), N_("Wait a minute, then try again.")),
    500: _OUR_FAULT,
    503: (N_("This is not available right now"), N_("Nothing is lost. Please try again in a few minutes.")),
}


def problem_words(status: int) -> Words:
    """Title and advice for any error status, in English (the msgids)."""
    server_error = 500
    return PROBLEMS.get(status) or (_OUR_FAULT if status >= server_error else _MALFORMED)
