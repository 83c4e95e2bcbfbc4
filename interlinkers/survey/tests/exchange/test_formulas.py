"""Foreign formulas say the same as SurveyJS expressions, or are refused by name."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from interlinker_survey.exchange.foreign import expressionscript, xpath
from interlinker_survey.exchange.foreign.expressionscript import Asked, Shape
from interlinker_survey.exchange.foreign.formulas import UntranslatableError
from interlinker_survey.exchange.foreign.xpath import Answers, Around, Known
from interlinker_survey.expressions import Run, Values, compile_expression

NOW = datetime(2026, 11, 24, tzinfo=UTC)
KNOWN = {
    "age": Known("age"),
    "what": Known("what", Answers.SEVERAL),
    "ok": Known("ok", Answers.TRUTH),
    "kids": Known("kids", Answers.ENTRIES),
    "kid": Known("kid", repeat="kids"),
}
ASKED = {
    "Q1": Asked("Q1", Shape.VALUE),
    "M1": Asked("M1", Shape.SEVERAL, {"SQ001": "SQ001", "SQ002": "SQ002"}),
    "YN": Asked("YN", Shape.TRUTH),
    "A1": Asked("A1", Shape.PARTS, {"R1": "R1"}),
    "C1": Asked("C1", Shape.CELLS, {"Y1": "Y1"}),
    "R": Asked("R", Shape.ORDER),
}
ANSWERS: Mapping[str, Any] = {
    "age": 20,
    "what": ["a", "b"],
    "ok": True,
    "kids": [{"kid": 3}, {"kid": 4}],
    "Q1": "x",
    "M1": ["SQ001"],
    "YN": True,
    "A1": {"R1": "2"},
    "C1": {"Y1": {"X1": 7}},
    "R": ["c", "a"],
}


def value(text: str) -> Any:
    return compile_expression(text).evaluate(Run(Values(ANSWERS), now=NOW))


@pytest.mark.parametrize(
    ("formula", "said", "result"),
    [
        ("${age} >= 18 and ${age} < 65", "({age} >= 18) and ({age} < 65)", True),
        ("${age} = 20 or false()", "({age} = 20) or false", True),
        ("${age} != ''", "{age} notempty", True),
        ("${age} = ''", "{age} empty", False),
        ("selected(${what}, 'b')", "{what} contains 'b'", True),
        ("not(selected(${what}, 'b'))", "!({what} contains 'b')", False),
        ("selected(${age}, '20')", "{age} = '20'", True),
        ("${what} = 'a'", "{what} = ['a']", False),
        ("count-selected(${what}) > 1", "{what.length} > 1", True),
        ("count(${kids})", "{kids.length}", 2),
        ("sum(${kid})", "sumInArray({kids}, 'kid')", 7),
        ("if(${age} > 30, 'old', 'young')", "iif({age} > 30, 'old', 'young')", "young"),
        ("${age} * 2 - 5 div 2", "({age} * 2) - (5 / 2)", 37.5),
        ("2 + 3 * 4", "2 + (3 * 4)", 14),
        ("10 - 2 - 3", "(10 - 2) - 3", 5),
        ("-${age}", "(0 - {age})", -20),
        ("${age} mod 3", "{age} % 3", 2),
        ("round(${age} div 3, 1)", "round({age} / 3, 1)", 6.7),
        ("coalesce(${none}, ${age})", None, None),
        ("${ok} = 'OK'", "{ok} = true", True),
        ("int(2.7)", "trunc(2.7)", 2),
        ("concat('a', ${age})", "'' + 'a' + {age}", "a20"),
    ],
)
def test_xpath_says_the_same(formula: str, said: str | None, result: Any) -> None:
    if said is None:
        with pytest.raises(UntranslatableError):
            xpath.translate(formula, Around(KNOWN))
    else:
        assert xpath.translate(formula, Around(KNOWN)) == said
        assert value(said) == result


@pytest.mark.parametrize(
    ("formula", "named"),
    [
        ("pulldata('x', 'y')", "pulldata"),
        ("${nobody} > 1", "nobody"),
        ("${kid} > 1", "kid"),
        ("once(random())", "random"),
        ("${age} > ", "too early"),
        ("(${age}", "not closed"),
        ("${age} ~ 1", "~"),
        ("'it''s \"' = 1", "“"),
        ("1 " + "+ 1 " * 3000, "4000 characters"),
        ("(" * 60 + "1" + ")" * 60, "nested"),
    ],
)
def test_what_xpath_has_and_surveyjs_has_not_is_named(formula: str, named: str) -> None:
    with pytest.raises(UntranslatableError, match=named.replace("(", r"\(")):
        xpath.translate(formula, Around(KNOWN))


def test_a_dot_is_the_question_itself_and_names_in_an_entry_are_of_that_entry() -> None:
    assert xpath.translate(". >= 18", Around(KNOWN, itself="age")) == "{age} >= 18"
    assert xpath.translate("${kid} > 1", Around(KNOWN, repeat="kids")) == "{panel.kid} > 1"


def test_a_pattern_is_known_where_a_constraint_is_nothing_else() -> None:
    assert xpath.pattern_of("regex(., '[0-9]+')") == "[0-9]+"
    assert xpath.pattern_of("regex(., '[0-9]+') and . > 1") is None


@pytest.mark.parametrize(
    ("formula", "said", "result"),
    [
        ('((Q1.NAOK == "x"))', "{Q1} = 'x'", True),
        ('!is_empty(Q1.NAOK) && Q1 != "y"', "(!({Q1} empty)) and ({Q1} <> 'y')", True),
        ('M1_SQ001.NAOK == "Y"', "{M1} contains 'SQ001'", True),
        ('M1_SQ002 == "Y" or M1_SQ001 != "Y"', "({M1} contains 'SQ002') or (!({M1} contains 'SQ001'))", False),
        ("!is_empty(M1_SQ001)", "!(!({M1} contains 'SQ001'))", True),
        ('YN.NAOK == "Y"', "{YN} = true", True),
        ('YN == "N"', "{YN} = false", False),
        ('A1_R1.NAOK == "2"', "{A1.R1} = '2'", True),
        ("C1_Y1_X1 > 5", "{C1.Y1.X1} > 5", True),
        ('R_1 eq "c"', "{R[0]} = 'c'", True),
        ("if(C1_Y1_X1 ge 7, 1, 0)", "iif({C1.Y1.X1} >= 7, 1, 0)", 1),
        ("not is_empty(Q1)", "!({Q1} empty)", True),
        ("{C1_Y1_X1 * 2}", "{C1.Y1.X1} * 2", 14),
    ],
)
def test_expressionscript_says_the_same(formula: str, said: str, result: Any) -> None:
    assert expressionscript.translate(formula, ASKED) == said
    assert value(said) == result


@pytest.mark.parametrize(
    ("formula", "named"),
    [
        ("TOKEN:FIRSTNAME == 'A'", ":"),
        ("rand(1, 2)", "rand"),
        ("Q9 == 1", "Q9"),
        ("M1_SQ009 == 'Y'", "SQ009"),
        ("Q1.shown", "shown"),
    ],
)
def test_what_expressionscript_has_and_surveyjs_has_not_is_named(formula: str, named: str) -> None:
    with pytest.raises(UntranslatableError, match=named):
        expressionscript.translate(formula, ASKED)
