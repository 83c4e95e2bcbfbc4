"""Random expressions by the grammar, and random answers for the names in them; the same ones for the same seed."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

NAMES = ("a", "b", "c", "d", "e", "list", "rows", "obj", "day", "missing")
PATHS = (
    "obj.x",
    "obj.y.z",
    "rows[0].n",
    "rows[-1].m",
    "rows[5].n",
    "list[1]",
    "list.length",
    "a.length",
    "no.length",
    "A",
    "#a",
    "#b",
    "#c",
    "Obj.X",
    "rows.0",
    "$a",
)
WORDS = ("abc", "x5", "item1", "ABC", "Red_2")
TEXTS = (
    "abc",
    "5",
    "05",
    "1,5",
    " x ",
    "true",
    "2026-03-14",
    "2026-03-14T10:00",
    "2020-02-29",
    "Red",
    "it\\'s",
    "ß",
    "",
)
NUMBERS = ("0", "1", "2", "5", "-3", "1.5", "0.1", "0.2", "100", "0x10", "12.345", "1000000", "-0.5")
COMPARISONS = (
    "=",
    "==",
    "!=",
    "<>",
    "<",
    ">",
    "<=",
    ">=",
    "=>",
    "=<",
    " equal ",
    " notequal ",
    " less ",
    " greater ",
    " lessorequal ",
    " greaterorequal ",
)
SETS = (" contains ", " contain ", "*=", " notcontains ", " anyof ", " allof ", " noneof ", " notcontain ")
SUMS = ("+", " - ", "*", "/", "%", "^", " power ")
JOINTS = (" and ", " or ", "&&", "||", " AND ", " Or ")
UNITS = ("'days'", "'months'", "'years'", "'hours'", "'minutes'", "'seconds'", "'weeks'")
NUMERIC = ("sum", "min", "max", "avg", "count")
OVER_ARRAYS = ("sumInArray", "minInArray", "maxInArray", "avgInArray", "countInArray")
ASKING = (
    "currentYear()",
    "today()",
    "displayValue('a')",
    "propertyValue('a', 'title')",
    "isContainerReady('p')",
    "getComment('a')",
    "isDisplayMode()",
)
COLUMNS = ("'n'", "'m'", "'k'", "'zz'")
ROW_CONDITIONS = (
    "{n} > 2",
    "'{m} = 1'",
    "{k} = 'Red'",
    "'{n} > 1 and {k} notempty'",
    "{n} empty",
    "true",
    "''",
    "'m'",
    "k",
    "5",
)


def expression(rng: random.Random, depth: int = 3) -> str:
    """An expression that survey-core reads (mostly: slips are part of the grammar)."""
    kinds: list[tuple[int, Callable[[random.Random, int], str]]] = [
        (3, _compared),
        (2, _joined),
        (3, _summed),
        (2, _sets),
        (2, _postfixed),
        (1, _negated),
        (4, _called),
        (1, _bracketed),
        (1, _array),
    ]
    if depth <= 0:
        return _atom(rng)
    weights = [weight for weight, _ in kinds]
    return rng.choices([kind for _, kind in kinds], weights)[0](rng, depth - 1)


def _atom(rng: random.Random) -> str:
    return rng.choice((_name, _name, _name, _literal))(rng)


def _name(rng: random.Random) -> str:
    return f"{{{rng.choice(NAMES if rng.random() < 0.75 else PATHS)}}}"


def _literal(rng: random.Random) -> str:
    match rng.randrange(6):
        case 0:
            return rng.choice(WORDS)
        case 1 | 2:
            return f"'{rng.choice(TEXTS)}'"
        case 3:
            return rng.choice(("true", "false", "null", "undefined", "True"))
        case _:
            return rng.choice(NUMBERS)


def _part(rng: random.Random, depth: int) -> str:
    return (
        _atom(rng)
        if rng.random() < 0.55
        else f"({expression(rng, depth)})"
        if rng.random() < 0.6
        else expression(rng, depth)
    )


def _compared(rng: random.Random, depth: int) -> str:
    return _part(rng, depth) + rng.choice(COMPARISONS) + _part(rng, depth)


def _joined(rng: random.Random, depth: int) -> str:
    return _part(rng, depth) + rng.choice(JOINTS) + _part(rng, depth)


def _summed(rng: random.Random, depth: int) -> str:
    return _part(rng, depth) + rng.choice(SUMS) + _part(rng, depth)


def _sets(rng: random.Random, depth: int) -> str:
    return _part(rng, depth) + rng.choice(SETS) + (_part(rng, depth) if rng.random() < 0.95 else "")


def _postfixed(rng: random.Random, depth: int) -> str:
    return _atom(rng) + rng.choice((" empty", " notempty", " Empty"))


def _negated(rng: random.Random, depth: int) -> str:
    return rng.choice(("!", "! ", "negate ")) + _part(rng, depth)


def _bracketed(rng: random.Random, depth: int) -> str:
    return f"({expression(rng, depth)}" + (")" if rng.random() < 0.9 else "")


def _array(rng: random.Random, depth: int) -> str:
    return f"[{', '.join(_part(rng, depth) for _ in range(rng.randrange(4)))}]"


def _called(rng: random.Random, depth: int) -> str:
    match rng.randrange(9):
        case 0 | 1:
            return f"iif({_part(rng, depth)}, {_part(rng, depth)}, {_part(rng, depth)})"
        case 2:
            return f"{rng.choice(NUMERIC)}({', '.join(_part(rng, depth) for _ in range(rng.randrange(4)))})"
        case 3 | 4:
            return _over_array(rng)
        case 5:
            return f"{rng.choice(('round', 'trunc'))}({_part(rng, depth)}, {rng.choice(NUMBERS)})"
        case 6:
            return f"substring({_part(rng, depth)}, {rng.choice(NUMBERS)}, {_part(rng, depth)})"
        case _:
            return _dated(rng, depth)


def _over_array(rng: random.Random) -> str:
    parts = [rng.choice(("{rows}", "{rows}", "{rows}", "{obj}", "{list}", "{a}")), rng.choice(COLUMNS)]
    if rng.random() < 0.3:
        parts.append(rng.choice(COLUMNS))
    if rng.random() < 0.6:
        parts.append(rng.choice(ROW_CONDITIONS))
    return f"{rng.choice(OVER_ARRAYS)}({', '.join(parts)})"


def _dated(rng: random.Random, depth: int) -> str:
    date = rng.choice(("{day}", "today()", "'2024-02-29'", "currentDate()", "dateAdd({day}, 3)", "getDate({day})"))
    other = rng.choice(("{day}", "today(-1)", "'2026-01-31T08:30'", _part(rng, depth)))
    return rng.choice(
        (
            f"dateAdd({date}, {rng.choice(NUMBERS)}, {rng.choice(UNITS)})",
            f"dateDiff({date}, {other}, {rng.choice(UNITS)})",
            f"{date}{rng.choice(COMPARISONS)}{other}",
            f"age({date}{rng.choice(('', ', ' + rng.choice(UNITS)))})",
            f"{rng.choice(('year', 'month', 'day', 'weekday', 'getYear'))}({rng.choice((date, ''))})",
            f"diffDays({date}, {other})",
            rng.choice((*ASKING, date)),
        )
    )


def answers(rng: random.Random) -> dict[str, Any]:
    """Answers for NAMES, some missing, of any kind."""
    drawn: dict[str, Any] = {name: _scalar(rng) for name in ("a", "b", "c", "d", "e")}
    drawn["list"] = [_scalar(rng) for _ in range(rng.randrange(4))]
    drawn["rows"] = [_row(rng) for _ in range(rng.randrange(5))]
    drawn["obj"] = {"x": _scalar(rng), "y": {"z": _scalar(rng)}, "n": _row(rng)}
    drawn["day"] = rng.choice(
        ("2026-03-14", "2020-02-29", "1999-12-31T23:59", "", "nonsense", "2026-03-15", 86_400_000)
    )
    if rng.random() < 0.15:
        drawn[rng.choice(("a", "b"))] = [_scalar(rng) for _ in range(rng.randrange(3))]
    return {name: value for name, value in drawn.items() if rng.random() < 0.85}


def _row(rng: random.Random) -> Any:
    row = {"n": rng.choice((0, 1, 2.5, "3", 7, "x", None)), "m": _scalar(rng), "k": rng.choice(("Red", "red", "", 5))}
    return {name: value for name, value in row.items() if rng.random() < 0.85}


NUMBERS_GIVEN = (0, 1, 2, 5, -3, 1.5, 0.1, 12.345, 1e21, 1e-7, 2**53 + 2)
TEXTS_GIVEN = ("abc", "ABC", "5", "05", "1,5", " 5 ", "0", "", " ", "true", "False", "'q'", "Red", "undefined", "1e3")
ODD_TEXTS = ("0x10", "it's", "ß", "2026-03-14", "2026-03-14T10:00", "1234567890123456", "😀x")


def _scalar(rng: random.Random) -> Any:
    return rng.choice((*NUMBERS_GIVEN, True, False, None, *TEXTS_GIVEN, *ODD_TEXTS))


def mangled(rng: random.Random) -> str:
    """An expression with slips: characters left out, doubled, exchanged or put in."""
    text = list(expression(rng, 2))
    for _ in range(rng.randrange(1, 4)):
        place = rng.randrange(len(text) + 1)
        match rng.randrange(4):
            case 0:
                del text[place : place + 1]
            case 1:
                text[place:place] = text[place : place + 1]
            case 2:
                text[place : place + 2] = reversed(text[place : place + 2])
            case _:
                text.insert(
                    place,
                    rng.choice(
                        (
                            "(",
                            ")",
                            "[",
                            "]",
                            "{",
                            "}",
                            "'",
                            '"',
                            ",",
                            " ",
                            "!",
                            "=",
                            "not ",
                            "null",
                            "0",
                            "é",
                            "\\",
                            "equals",
                            "notequals",
                        )
                    ),
                )
    return "".join(text)
