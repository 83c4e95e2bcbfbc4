"""What an expression meets while it runs: the answers it can see, the clock, what the form knows, and a limit of steps."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final, Protocol

from interlinker_survey.expressions.errors import TooManyStepsError
from interlinker_survey.expressions.moments import Moment, at, of_number, of_text
from interlinker_survey.expressions.paths import Path, look_up
from interlinker_survey.expressions.values import MISSING, UNDEFINED, Value, to_number, to_text, truthy

MAX_STEPS: Final = 20_000
_TEXT_STEP: Final = 256  # characters that count as one step


class Scope(Protocol):
    """Where names are looked up."""

    def find(self, path: Path) -> Value:
        """The value (UNDEFINED where there is no answer yet), or MISSING where the name is unknown."""
        ...

    def is_ordered(self, path: Path) -> bool:
        """Whether lists under this name are equal only in the same order (a ranking)."""
        ...


class Host(Protocol):
    """What functions ask of the form around an expression."""

    def is_display_mode(self) -> Value:
        """Whether the form can only be read."""
        ...

    def is_ready(self, name: Value, index: Value) -> bool:
        """Whether all in a page or panel is answered and right; `index` is UNDEFINED or a panel of a dynamic one."""
        ...

    def display(self, name: Value, value: Value) -> Value:
        """The words for the answer of a question, or for `value` where that is not UNDEFINED."""
        ...

    def read_property(self, name: Value, key: Value) -> Value:
        """A property of a question."""
        ...

    def comment(self, name: Value, choice: Value) -> Value:
        """What stands in the comment of a question, or beside one of its choices."""
        ...


@dataclass(frozen=True, slots=True)
class Values:
    """A scope over plain answers; names that are not there are looked for in `outer`."""

    answers: Value
    outer: Scope | None = None

    def find(self, path: Path) -> Value:
        found = look_up(self.answers, path.steps)
        return self.outer.find(path) if found is MISSING and self.outer is not None else found

    def is_ordered(self, path: Path) -> bool:
        return self.outer is not None and look_up(self.answers, path.steps) is MISSING and self.outer.is_ordered(path)


class NoForm:
    """The host of an expression by itself: there is no form to ask."""

    def is_display_mode(self) -> Value:
        return UNDEFINED

    def is_ready(self, name: Value, index: Value) -> bool:  # noqa: ARG002 - the protocol's
        return False

    def display(self, name: Value, value: Value) -> Value:  # noqa: ARG002 - the protocol's
        return UNDEFINED

    def read_property(self, name: Value, key: Value) -> Value:  # noqa: ARG002 - the protocol's
        return UNDEFINED

    def comment(self, name: Value, choice: Value) -> Value:  # noqa: ARG002 - the protocol's
        return UNDEFINED


NO_FORM: Final = NoForm()


@dataclass(slots=True)
class Run:
    """One answering: `now` is an aware datetime, whose zone dates are seen in; `root` is what every scope can see."""

    scope: Scope
    now: datetime = field(default_factory=lambda: datetime.now(UTC))
    host: Host = NO_FORM
    root: Scope | None = None
    steps: int = MAX_STEPS

    def spend(self, steps: int) -> None:
        """TooManyStepsError when more than there are."""
        self.steps -= steps
        if self.steps < 0:
            raise TooManyStepsError

    def within(self, scope: Scope) -> Run:
        """The same in another scope, with the steps that are left (give them back by `spend`)."""
        return Run(scope, self.now, self.host, self.root, self.steps)

    def moment(self, value: Value = UNDEFINED) -> Moment:
        """What survey-core's createDate makes of a value: now, where it is empty; a text must be ISO 8601."""
        zone = self.now.tzinfo or UTC
        if not truthy(value):
            return at(self.now)
        if isinstance(value, Moment):
            return value
        if isinstance(value, str):
            return of_text(value, zone)
        if isinstance(value, list):
            return of_text(to_text(value), zone, day_is_local=False)
        return of_number(float(to_number(value)), zone)


def size(value: Value) -> int:
    """How many steps it takes to look at all of a value."""
    if isinstance(value, list):
        return 1 + sum(map(size, value))
    if isinstance(value, dict):
        return 1 + sum(map(size, value.values()))
    return 1 + len(value) // _TEXT_STEP if isinstance(value, str) else 1
