"""What the templates show of a form: fields to fill in, with their words, as they are for the answers so far."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from interlinker_survey.definition import (
    COMMENT,
    CheckboxQuestion,
    Choice,
    Definition,
    Element,
    ExpressionQuestion,
    Html,
    ImageChoice,
    ImagePickerQuestion,
    MatrixDropdownQuestion,
    MatrixDynamicQuestion,
    MatrixQuestion,
    MultipleTextQuestion,
    Page,
    Panel,
    PanelDynamicQuestion,
    Question,
    RankingQuestion,
    RatingQuestion,
    TextQuestion,
    texts,
)
from interlinker_survey.definition.instants import INSTANTS
from interlinker_survey.domain import fewest, field_name, initial, most
from interlinker_survey.html import clean_html
from interlinker_survey.logic import State
from interlinker_survey.wording import Option, Texts, choice_option, joined, label, optional, options

# A colour or a range of a browser's own always says something: nobody could leave it out. So they are written.
_WRITTEN = {"color": "text", "range": "number"}
_EXAMPLES = {kind: instant.example for kind, instant in INSTANTS.items() if kind in {"month", "week"}} | {
    "color": "#1d70b8"
}


@dataclass(frozen=True)
class Group:
    """Fields that stand together: a row of a table, a panel that somebody added. `remove` is the value of its button."""

    label: Texts | None
    questions: list[Shown]
    number: int = 0
    remove: str | None = None


@dataclass(frozen=True)
class Shown:
    """Something to fill in or to read: `kind` says which macro shows it; an option without a text is a plain yes or no.

    `groups` are what it holds, `images` the pictures of its options, `add` the value of the button that adds a group, `said`
    what it says where nobody can answer.
    """

    name: str
    kind: str
    label: Texts
    hint: Texts | str | None = None
    required: bool = False
    question: Question | None = None
    options: list[Option] = field(default_factory=list)
    images: list[str] = field(default_factory=list)
    lowest: Texts | None = None
    highest: Texts | None = None
    groups: list[Group] = field(default_factory=list)
    comment: Shown | None = None
    add: str | None = None
    add_label: Texts | None = None
    remove_label: Texts | None = None
    said: Any = None


@dataclass(frozen=True)
class Section:
    """A page of the form."""

    title: Texts | None
    description: Texts | None
    questions: list[Shown]


@dataclass
class Asking:
    """The fields of a definition whose own language is `language`; `state` says what is shown, all of it where there is none.

    `counts` is how many rows or panels people see of each list that they can add to, by its place. `labels` collects what each
    field is called, for the summary of errors, `listed` the counts as they are shown.
    """

    definition: Definition
    language: str
    state: State | None
    counts: dict[str, int] = field(default_factory=dict)
    labels: dict[str, Texts] = field(default_factory=dict)
    listed: dict[str, int] = field(default_factory=dict)

    def section(self, page: Page) -> Section:
        """A page of the form."""
        shown = [one for element in page.elements for one in self._element(element, field_name(""), "")]
        return Section(self._optional(page.title), self._optional(page.description), shown)

    def _element(self, element: Element, prefix: str, place: str) -> list[Shown]:
        visible, enabled, required = self._part(element, place)
        if not visible:
            return []
        if isinstance(element, Html):
            cleaned: Texts = {tag: clean_html(said) for tag, said in texts(element.html, self.language, "").items()}
            return [Shown(prefix + element.name, "html", cleaned)]
        if isinstance(element, Panel):
            return self._panel(element, prefix, place)
        if isinstance(element, ExpressionQuestion) or not enabled:
            kind = "value" if isinstance(element, ExpressionQuestion) else "closed"
            return [self._fixed(element, prefix, place, kind)]
        return [self._question(element, prefix, place, required=required, label=self._label(element))]

    def _panel(self, panel: Panel, prefix: str, place: str) -> list[Shown]:
        """What is in a panel; one without a title looks as if it were not there."""
        inner = [one for below in panel.elements for one in self._element(below, prefix, place)]
        title = self._optional(panel.title)
        if title is None or not inner:
            return inner
        hint = self._optional(panel.description)
        return [Shown(prefix + panel.name, "panel", title, hint, groups=[Group(None, inner)])]

    def _part(self, element: Element, place: str) -> tuple[bool, bool, bool]:
        if self.state is None:
            return True, True, getattr(element, "is_required", False)
        return self.state.parts.get(place + element.name, (False, False, False))

    def _fixed(self, question: Question, prefix: str, place: str, kind: str) -> Shown:
        said = _look_up(self.state.answers, place + question.name) if self.state else None
        words = dict(self._options(question, place + question.name))
        shown = [words.get(str(one)) or one for one in _several(said)]
        return Shown(prefix + question.name, kind, self._label(question), self._hint(question), said=shown)

    def _question(self, question: Question, prefix: str, place: str, *, required: bool, label: Texts) -> Shown:
        name, at = prefix + question.name, place + question.name
        self.labels[name] = label
        listed = isinstance(question, MatrixDynamicQuestion | PanelDynamicQuestion)
        lowest, highest = self._ends(question)
        return Shown(
            name=name,
            kind=_kind(question),
            label=label,
            hint=self._hint(question),
            required=required,
            question=question,
            options=self._options(question, at),
            images=[choice.image_link for choice in self._pictures(question, at)],
            lowest=lowest,
            highest=highest,
            groups=self._groups(question, name, at),
            comment=self._comment(question, name),
            add=f"add:{at}" if listed and self._count(question, at) < most(question) else None,
            add_label=self._optional(getattr(question, "add_row_text", getattr(question, "add_panel_text", None))),
            remove_label=self._optional(
                getattr(question, "remove_row_text", getattr(question, "remove_panel_text", None))
            ),
        )

    def _comment(self, question: Question, name: str) -> Shown | None:
        if not question.comments:
            return None
        said = getattr(question, "comment_text", None)
        other = getattr(question, "show_other_item", False) and not getattr(question, "show_comment_area", False)
        self.labels[name + COMMENT] = self._label(question)
        return Shown(name + COMMENT, "other" if other else "comment", texts(said, self.language, "") if said else {})

    # --- what is within ----------------------------------------------------------------------------------------------

    def _groups(self, question: Question, name: str, at: str) -> list[Group]:
        match question:
            case MatrixQuestion():
                return [self._row_of_choices(question, name, at)]
            case MultipleTextQuestion():
                return [self._lines(question, name)]
            case RankingQuestion():
                return [self._places(question, name, at)]
            case MatrixDropdownQuestion():
                return self._rows(question, name, at)
            case MatrixDynamicQuestion() | PanelDynamicQuestion():
                return self._entries(question, name, at)
            case _:
                return []

    def _row_of_choices(self, question: MatrixQuestion, name: str, at: str) -> Group:
        columns = self._left(question.columns, self.state.columns.get(at) if self.state else None)
        options: list[Option] = [choice_option(column, self.language) for column in columns]
        rows = [
            self._part_of(question, f"{name}/{index}", "choice", row, options, required=question.each_row_required)
            for index, row in self._shown_rows(question, at)
        ]
        return Group(None, rows)

    def _part_of(
        self, question: Question, name: str, kind: str, item: Choice, options: list[Option], *, required: bool
    ) -> Shown:
        _, label = choice_option(item, self.language)
        self.labels[name] = joined(self._label(question), label)
        return Shown(name, kind, label, required=required, options=options)

    def _shown_rows(self, question: MatrixQuestion | MatrixDropdownQuestion, at: str) -> list[tuple[int, Choice]]:
        left = self.state.rows.get(at) if self.state else None
        return [(index, row) for index, row in enumerate(question.rows) if left is None or row.value in left]

    def _lines(self, question: MultipleTextQuestion, name: str) -> Group:
        lines = []
        for index, line in enumerate(question.lines):
            label = texts(line.title, self.language, line.name)
            shown = Shown(
                f"{name}/{index}", _kind(line), label, _example(line), required=line.is_required, question=line
            )
            self.labels[shown.name] = joined(self._label(question), label)
            lines.append(shown)
        return Group(None, lines)

    def _places(self, question: RankingQuestion, name: str, at: str) -> Group:
        left = self._left(question.choices, self.state.choices.get(at) if self.state else None)
        numbers: list[Option] = [(str(place), str(place)) for place in range(1, len(left) + 1)]
        required = not question.select_to_rank_enabled
        places = [
            self._part_of(question, f"{name}/{index}", "place", choice, numbers, required=required)
            for index, choice in enumerate(question.choices)
            if choice in left
        ]
        return Group(None, places)

    def _rows(self, question: MatrixDropdownQuestion, name: str, at: str) -> list[Group]:
        return [
            self._group(question, texts(row.text, self.language, row.key), f"{name}/{index}/", f"{at}.{row.key}.")
            for index, row in self._shown_rows(question, at)
        ]

    def _entries(self, question: MatrixDynamicQuestion | PanelDynamicQuestion, name: str, at: str) -> list[Group]:
        title = self._optional(getattr(question, "template_title", None))
        count = self.listed[at] = self._count(question, at)
        removable = count > fewest(question)
        return [
            self._group(
                question,
                title,
                f"{name}/{index}/",
                f"{at}[{index}].",
                index + 1,
                f"remove:{at}:{index}" if removable else None,
            )
            for index in range(count)
        ]

    def _group(  # noqa: PLR0917 - what makes a group
        self, question: Any, label: Texts | None, prefix: str, place: str, number: int = 0, remove: str | None = None
    ) -> Group:
        inner: Iterable[Element] = getattr(question, "template_elements", None) or question.cells
        before = set(self.labels)
        shown = [one for element in inner for one in self._element(element, prefix, place)]
        outer = _numbered(label or self._label(question), number)
        for name in self.labels.keys() - before:
            self.labels[name] = joined(outer, self.labels[name])
        return Group(label, shown, number, remove)

    def _count(self, question: Question, at: str) -> int:
        return max(self.counts.get(at, initial(question)), fewest(question))

    # --- words -------------------------------------------------------------------------------------------------------

    def _label(self, element: Element) -> Texts:
        return label(element, self.language)

    def _hint(self, question: Question) -> Texts | str | None:
        return self._optional(getattr(question, "description", None)) or _example(question)

    def _optional(self, localised: dict[str, str] | None) -> Texts | None:
        return optional(localised, self.language)

    def _options(self, question: Question, at: str) -> list[Option]:
        return options(question, self.language, self._open(getattr(question, "choices", ()), at))

    def _open(self, choices: Sequence[Choice], at: str) -> list[Choice]:
        if self.state is None:
            return list(choices)
        closed = self.state.closed.get(at, [])
        return [choice for choice in self._left(choices, self.state.choices.get(at)) if choice.value not in closed]

    def _left(self, items: Sequence[Choice], left: Sequence[Any] | None) -> list[Choice]:
        return [item for item in items if left is None or item.value in left]

    def _pictures(self, question: Question, at: str) -> list[ImageChoice]:
        if not isinstance(question, ImagePickerQuestion):
            return []
        shown = self._open(question.choices, at)
        return [choice for choice in question.choices if choice in shown]

    def _ends(self, question: Question) -> tuple[Texts | None, Texts | None]:
        if not isinstance(question, RatingQuestion):
            return None, None
        return self._optional(question.min_rate_description), self._optional(question.max_rate_description)


_KINDS: Mapping[type, str] = {
    CheckboxQuestion: "checkbox",
    MatrixDropdownQuestion: "entries",
    MatrixDynamicQuestion: "entries",
    PanelDynamicQuestion: "entries",
    MatrixQuestion: "parts",
    MultipleTextQuestion: "parts",
    RankingQuestion: "parts",
}


def _kind(question: Question) -> str:
    match question:
        case TextQuestion():
            return _WRITTEN.get(question.input_type, question.input_type)
        case RatingQuestion():
            plain = question.rate_min == 1 and question.rate_step == 1 and not question.rate_values
            return "rating" if plain else "scale"
        case ImagePickerQuestion():
            return "pictures" if question.multi_select else "picture"
    return _KINDS.get(type(question), question.type)


def _example(question: Question) -> str | None:
    """How to write what not every browser has a field of its own for."""
    kind = question.input_type if isinstance(question, TextQuestion) else ""
    return _EXAMPLES.get(kind)


def _numbered(text: Texts, number: int) -> Texts:
    return {tag: f"{said} {number}" for tag, said in text.items()} if number else text


def _several(said: Any) -> list[Any]:
    return [] if said is None else said if isinstance(said, list) else [said]


def _look_up(answers: Any, place: str) -> Any:
    """The answer at a place of the logic: children[0].age, goods.apples.count."""
    node = answers
    for part in place.replace("[", ".").replace("]", "").split("."):
        if isinstance(node, list):
            node = node[int(part)] if part.isdigit() and int(part) < len(node) else None
        else:
            node = node.get(part) if isinstance(node, dict) else None
    return node
