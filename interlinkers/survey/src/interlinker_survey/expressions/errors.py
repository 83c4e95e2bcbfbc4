"""What can be wrong with an expression: a code, a place in its text, a sentence and, where one is near, a suggestion."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


class ExpressionError(ValueError):
    """An expression that cannot be used: `position` counts characters from 0, `code` is stable.

    Codes: syntax, too_long, too_complex, unknown_function, function_arguments, null_operand, pattern.
    """

    def __init__(self, code: str, message: str, position: int = 0) -> None:
        super().__init__(message)
        self.code = code
        self.position = position


class ScriptError(Exception):
    """Where survey-core stops with a TypeError or RangeError of JavaScript; such an expression has no result (null)."""


class TooManyStepsError(Exception):
    """Answers so large that the expression would need more steps than one answer may cost."""


def nearest(word: str, known: Iterable[str]) -> str:
    """A sentence that names the nearest known word, or nothing."""
    by_fold = {entry.casefold(): entry for entry in known}
    near = get_close_matches(word[:60].casefold(), list(by_fold), n=1)
    return f" Did you mean “{by_fold[near[0]]}”?" if near else ""
