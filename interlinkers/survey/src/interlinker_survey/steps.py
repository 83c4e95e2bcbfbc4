"""A form of several pages, one step at a time: where somebody is, what she has filled in, and where a button leads.

Nothing is kept between the steps but the form itself: each page carries the fields of the others.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from interlinker_shared.errors import FieldError, InvalidError
from interlinker_shared.pages import Form
from interlinker_survey.asking import Asking, Section
from interlinker_survey.definition import COMMENT, Definition
from interlinker_survey.definition.scalars import MAX_ENTRIES
from interlinker_survey.domain import (
    Judgement,
    ListFields,
    answers_of_form,
    counts_of,
    field_of,
    judge_answers,
    state_with,
)
from interlinker_survey.logic import State

Values = Mapping[str, tuple[str, ...]]

ANSWERS, ENTRIES = "answers/", "entries/"
_ADD, _REMOVE = re.compile(r"add:(.+)"), re.compile(r"remove:(.+):([0-9]{1,3})")


@dataclass(frozen=True)
class Step:
    """One page of a form: `page` counts in the definition, `number` among the `pages` that are shown for the answers so far.

    `section` is what it shows, `labels` what its fields are called, `carried` the fields that are elsewhere. `grows` says that
    rows or panels can be added, `more` that the answers have brought up further questions on this very page.
    """

    form: Form
    page: int
    pages: list[int]
    section: Section
    labels: Mapping[str, dict[str, str]]
    carried: list[tuple[str, str]]
    grows: bool = False
    more: bool = False

    @property
    def number(self) -> int:
        """Which one it is, from 1."""
        return self.pages.index(self.page) + 1

    @property
    def last(self) -> bool:
        """Whether no page comes after it."""
        return self.page == self.pages[-1]

    @property
    def seen(self) -> str:
        """The fields on this page, for the next request to know."""
        return " ".join(self.labels)


@dataclass(frozen=True)
class Filled:
    """A form as it was filled in: its fields, what its answers are worth, and what is shown for them, empty rows too.

    `language` is the survey's own.
    """

    definition: Definition
    language: str
    values: Values
    judged: Judgement
    shown: State

    @classmethod
    def of(cls, definition: Definition, language: str, values: Values, *, now: datetime) -> Filled:
        """Judge the fields of a form; InvalidError where its conditions cannot be worked out."""
        kept = {name: said for name, said in values.items() if name.startswith((ANSWERS, ENTRIES))}
        raw = answers_of_form(definition, _nested(definition, kept), _entries(kept))
        state = state_with(definition, raw, _counts(kept), now=now)
        return cls(definition, language, kept, judge_answers(definition, raw, now=now), state)

    @property
    def pages(self) -> list[int]:
        """The pages that are shown, by their number in the definition; the first where none is."""
        visible = self.shown.visible
        return [index for index, name in enumerate(self.definition.page_names) if visible(name)] or [0]

    def step(self, page: int, errors: Mapping[str, FieldError] | None = None, *, more: bool = False) -> Step:
        """The page of this number in the definition, or the nearest before it that is shown."""
        pages = self.pages
        page = max((index for index in pages if index <= page), default=pages[0])
        asking = Asking(self.definition, self.language, self.shown, _counts(self.values))
        section = asking.section(self.definition.shown[page])
        own = asking.labels.keys() | {ENTRIES + place for place in asking.listed}
        carried = [(name, one) for name, said in self.values.items() if name not in own for one in said]
        carried += [(ENTRIES + place, str(count)) for place, count in asking.listed.items()]
        return Step(
            Form(self.values, errors or {}), page, pages, section, asking.labels, carried, bool(asking.listed), more
        )

    def errors_on(self, page: int, flaws: list[FieldError] | None = None) -> dict[str, FieldError]:
        """What is wrong with the answers on one page, by field."""
        asked = {question.name for question in self.definition.asked_on(page)}
        found: dict[str, FieldError] = {}
        for flaw in self.judged.flaws if flaws is None else flaws:
            name = field_of(self.definition, flaw.pointer)
            if _question_of(name) in asked:
                found.setdefault(name, flaw)
        return found

    def refused(self, error: InvalidError) -> Step:
        """The first page on which something is wrong; what belongs to none is told on the last."""
        flaws = list(error.fields) or [FieldError("", error.message, error.kind_slug)]
        for page in self.pages:
            if errors := self.errors_on(page, flaws):
                return self.step(page, errors)
        return self.step(self.pages[-1], {"": flaws[0]})

    def changed(self, go: str) -> Filled | None:
        """The same with a row or panel more or less, where `go` is the button for that; it has to be judged anew."""
        if found := _ADD.fullmatch(go):
            return self._with(_added(self.values, found[1]))
        if found := _REMOVE.fullmatch(go):
            return self._with(_removed(self.values, found[1], int(found[2])))
        return None

    def _with(self, values: Values) -> Filled:
        return Filled(self.definition, self.language, values, self.judged, self.shown)


def next_step(filled: Filled, go: str, page: int | None, seen: str, *, now: datetime) -> Step | None:
    """Where a button leads from a page: `back`, `next`, `send`, or to a row more or less; None where the form is to be sent.

    Whoever sends all at once says no page.
    """
    changed = filled.changed(go)
    if changed is not None:
        return Filled.of(changed.definition, changed.language, changed.values, now=now).step(page or 0)
    if page is None:
        return None
    if go == "back":
        return filled.step(max((index for index in filled.pages if index < page), default=0))
    if errors := filled.errors_on(page):
        return filled.step(page, errors)
    here = filled.step(page)
    if here.page == page and not here.labels.keys() <= set(seen.split()):
        return filled.step(page, more=True)
    later = [index for index in filled.pages if index > page]
    return filled.step(later[0]) if later else None


def _nested(definition: Definition, values: Values) -> dict[str, object]:
    """The fields as the tree that their names say; those that may have several values as lists."""
    tree: dict[str, object] = {}
    lists = ListFields(definition)
    for name, said in values.items():
        if not name.startswith(ANSWERS):
            continue
        *parents, last = name.removeprefix(ANSWERS).split("/")
        node = tree
        for parent in parents:
            below = node.setdefault(parent, {})
            node = below if isinstance(below, dict) else {}
        filled = [one for one in said if one.strip()]
        if name in lists:
            node[last] = filled
        elif filled:
            node[last] = filled[-1]
    return tree


def _entries(values: Values) -> dict[str, str]:
    return {name.removeprefix(ENTRIES): said[-1] for name, said in values.items() if name.startswith(ENTRIES) and said}


def _counts(values: Values) -> dict[str, int]:
    return counts_of(_entries(values))


def _added(values: Values, place: str) -> Values:
    count = min(_counts(values).get(place, 0) + 1, MAX_ENTRIES)
    return {**values, ENTRIES + place: (str(count),)}


def _removed(values: Values, place: str, number: int) -> Values:
    """Without a row or panel; those after it move up."""
    field = ANSWERS + re.sub(r"[\[.]", "/", place).replace("]", "")
    found = {}
    for name, said in values.items():
        renamed = _moved(name, f"{field}/", "/", number) if name.startswith(ANSWERS) else None
        if name.startswith(ENTRIES):
            renamed = _moved(name, f"{ENTRIES}{place}[", "]", number)
        if renamed:
            found[renamed] = said
    count = max(_counts(values).get(place, 1) - 1, 0)
    return {**found, ENTRIES + place: (str(count),)}


def _moved(name: str, before: str, after: str, number: int) -> str | None:
    """The name once the entry of this number is gone; None where it was in it."""
    index, sign, rest = name.removeprefix(before).partition(after)
    if not name.startswith(before) or not sign or not index.isdigit():
        return name
    if int(index) == number:
        return None
    return f"{before}{int(index) - (int(index) > number)}{sign}{rest}"


def _question_of(name: str) -> str:
    return name.removeprefix(ANSWERS).partition("/")[0].removesuffix(COMMENT)
