"""Regular expressions of authors, in time linear to the answer: RE2 runs what ECMAScript's syntax says."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, Final

import re2

from interlinker_survey.expressions.errors import ExpressionError

MAX_PATTERN: Final = 1000
_MAX_MEMORY: Final = 1 << 20  # bytes for the automaton of one pattern

_SPACES: Final = r"\t-\r \x{a0}\x{1680}\x{2000}-\x{200a}\x{2028}\x{2029}\x{202f}\x{205f}\x{3000}\x{feff}"
_NO_LINE_END: Final = r"[^\n\r\x{2028}\x{2029}]"
_TOKEN = re.compile(
    r"(?P<anything>\[\\s\\S\]|\[\\S\\s\]|\[\\d\\D\]|\[\\w\\W\]|\[\^\])"
    r"|\\(?:u(?P<unit>[0-9a-fA-F]{4})|(?P<hex>x[0-9a-fA-F]{2})|(?P<kind>[dDwWsSbBnrtvf0])|(?P<sign>[^A-Za-z0-9]))"
    r"|(?P<escape>\\.?)"
    r"|(?P<group>\((?:\?(?::|<[A-Za-z_][A-Za-z0-9_]*>)|(?!\?)))|(?P<strange>\(\?.{0,2})"
    r"|(?P<open>\[\^?)|(?P<close>\])|(?P<dot>\.)|(?P<other>[\s\S])"
)


@dataclass(frozen=True, slots=True)
class Pattern:
    """A pattern as it was written, ready to look for itself in texts."""

    text: str
    _regex: Any = field(repr=False, compare=False)

    def found_in(self, text: str) -> bool:
        """Whether the pattern fits somewhere in the text, in time linear to its length."""
        return self._regex.search(text) is not None


def compile_pattern(text: str, *, any_case: bool = False) -> Pattern:
    """Read a pattern; ExpressionError (code pattern) for what needs backtracking (look-around, back-references) and for slips."""
    if len(text) > MAX_PATTERN:
        raise ExpressionError("pattern", f"A pattern has at most {MAX_PATTERN} characters.", MAX_PATTERN)
    options = re2.Options()
    options.max_mem = _MAX_MEMORY
    options.case_sensitive = not any_case
    options.log_errors = False
    try:
        return Pattern(text, re2.compile(_translated(text), options))
    except re2.error as error:
        said = error.args[0].decode() if isinstance(error.args[0], bytes) else str(error.args[0])
        raise ExpressionError("pattern", f"This pattern cannot be used: {said}.") from None


def _translated(text: str) -> str:
    """The pattern with RE2's spelling of what ECMAScript means."""
    parts: list[str] = []
    in_class = False
    for token in _TOKEN.finditer(text):
        kind = str(token.lastgroup)
        if kind == "open":
            parts.append(r"\[" if in_class and token[0] == "[" else token[0])
            in_class = True
        elif kind == "close":
            in_class = False
            parts.append("]")
        elif in_class and kind in {"group", "dot", "strange"}:
            parts.append(token[0])
        else:
            parts.append(_spelled(kind, token, in_class=in_class))
    return "".join(parts)


def _spelled(kind: str, token: re.Match[str], *, in_class: bool) -> str:
    said = token[0]
    match kind:
        case "unit":
            return rf"\x{{{token['unit']}}}"
        case "kind" if token["kind"] in "sS":
            return _spaces(token, in_class=in_class)
        case "kind" if token["kind"] == "0":
            return r"\x00"
        case "kind" if token["kind"] in "bB" and in_class:
            raise _refused(token, f"{said} means something else between square brackets")
        case "dot":
            return _NO_LINE_END
        case "anything":
            return r"(?s:.)"
        case "escape":
            raise _refused(token, f"{said} is not known (back-references are left out: they need backtracking)")
        case "strange":
            raise _refused(token, f"{said}… is left out: look-ahead and look-behind need backtracking")
    return said


def _spaces(token: re.Match[str], *, in_class: bool) -> str:
    if token["kind"] == "s":
        return _SPACES if in_class else f"[{_SPACES}]"
    if in_class:
        raise _refused(token, r"\S is not known between square brackets")
    return f"[^{_SPACES}]"


def _refused(token: re.Match[str], why: str) -> ExpressionError:
    return ExpressionError("pattern", f"This pattern cannot be used: {why}.", token.start())
