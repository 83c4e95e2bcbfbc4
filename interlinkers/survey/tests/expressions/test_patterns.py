"""Authors' regular expressions: what ECMAScript means by them, and never longer than the answer is."""

from __future__ import annotations

import time

import pytest
from interlinkers.survey.tests.expressions.oracle import Oracle, the_oracle

from interlinker_survey.expressions import ExpressionError, compile_pattern

PATTERNS = (
    r"^[0-9]{5}$",
    r"^\d+([.,]\d{2})?$",
    r"^\w+@\w+\.\w+$",
    r"^[A-ZÄÖÜ][\w'-]*\s[A-ZÄÖÜ]",
    r"^\S+$",
    r"a.c",
    r"^[\s\S]{3}$",
    r"\u00e9|\xe8",
    r"^(?:ab|cd){1,2}(?<year>\d{4})?$",
    r"[.(?\[]",
    r"\/\-\.",
    r"\bend\b",
    r"^\0?$",
    r"[^\d\s]",
    r"[\w.+-]+",
)
TEXTS = (
    "",
    "12345",
    "12,50",
    "a@b.c",
    "Änne Öz",
    "abc",
    "a\nc",
    "a\u2028c",
    "é",
    "abcd2026",
    "the end",
    "a b",
    "/-.",
    "\xa0",
    "(",
    "x\x00",
)
HOSTILE = (
    r"^(a+)+$",
    r"^(a|aa)+$",
    r"^(a*)*b$",
    r"([a-z]+)*\d",
    r"^(([a-z])+.)+[A-Z]([a-z])+$",
    r"(x+x+)+y",
    r"^(\w+\s?)*$",
    r"(.*)*=",
)


@pytest.mark.parametrize("pattern", HOSTILE)
def test_a_pattern_that_backtracks_elsewhere_takes_no_time(pattern: str) -> None:
    compiled = compile_pattern(pattern)
    start = time.process_time()
    for text in ("a" * 20_000 + "!", "ab " * 6000 + "!", "x" * 20_000):
        compiled.found_in(text)
    assert time.process_time() - start < 0.05


def test_patterns_mean_what_they_mean_in_a_browser() -> None:
    v8: Oracle = the_oracle()
    theirs = v8.ask("matches", list(PATTERNS), list(TEXTS))
    assert [[compile_pattern(pattern).found_in(text) for text in TEXTS] for pattern in PATTERNS] == theirs


def test_case_may_not_matter() -> None:
    assert compile_pattern("^abc$", any_case=True).found_in("ABC")
    assert not compile_pattern("^abc$").found_in("ABC")


@pytest.mark.parametrize(
    "pattern", [r"(?=a)", r"(?<!a)b", r"(a)\1", r"a\k<b>", "(", "[", r"[\b]", r"[\Sx]", r"\p{L}", "a{1001}", "a" * 1001]
)
def test_what_cannot_run_in_linear_time_is_refused(pattern: str) -> None:
    with pytest.raises(ExpressionError) as refused:
        compile_pattern(pattern)
    assert refused.value.code == "pattern"
