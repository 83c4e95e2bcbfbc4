"""The simulated neighbourhood: who lives there, what they say and how they vote. The same seed gives the same people."""

from __future__ import annotations

import random
from dataclasses import dataclass

CHANNELS = ("web", "web", "web", "embed", "api", "paper", "phone")
LANGUAGES = ("en", "es", "de")
STAFF_CHANNELS = frozenset({"paper", "phone"})

QUESTIONNAIRE = {
    "title": {"default": "What do we need?", "es": "¿Qué necesitamos?", "de": "Was brauchen wir?"},
    "elements": [
        {
            "type": "radiogroup",
            "name": "street",
            "title": {"default": "Where do you live?", "es": "¿Dónde vive?", "de": "Wo wohnen Sie?"},
            "isRequired": True,
            "choices": ["north", "south", "market", "river"],
        },
        {
            "type": "checkbox",
            "name": "missing",
            "title": {"default": "What is missing here?", "es": "¿Qué falta aquí?", "de": "Was fehlt hier?"},
            "choices": ["green", "shade", "benches", "play", "safety", "culture"],
            "maxSelectedChoices": 3,
        },
        {
            "type": "rating",
            "name": "content",
            "title": {
                "default": "How do you like living here?",
                "es": "¿Le gusta vivir aquí?",
                "de": "Wie gern leben Sie hier?",
            },
            "rateMin": 1,
            "rateMax": 5,
            "isRequired": True,
        },
        {
            "type": "comment",
            "name": "suggestion",
            "title": {"default": "What should be done?", "es": "¿Qué habría que hacer?", "de": "Was sollte geschehen?"},
            "maxLength": 150,
        },
    ],
}


@dataclass(frozen=True)
class Suggestion:
    """What somebody would like to see done, and what the town's staff find that it costs."""

    text: str
    language: str
    cost: int
    appeal: float


SUGGESTIONS = (
    Suggestion("A drinking fountain on the market square", "en", 6_200, 0.62),
    Suggestion("Toldos de sombra en la calle del mercado", "es", 11_400, 0.55),
    Suggestion("Ein Trinkbrunnen am Spielplatz", "de", 5_900, 0.31),
    Suggestion("Benches along the river path", "en", 4_800, 0.58),
    Suggestion("Un huerto vecinal en el solar vacío", "es", 8_700, 0.47),
    Suggestion("Fahrradbügel vor der Bücherei", "de", 2_300, 0.44),
    Suggestion("A crossing with lights at the school", "en", 19_500, 0.66),
    Suggestion("Cine de verano en la plaza", "es", 3_600, 0.39),
    Suggestion("Bäume in der Nordstraße", "de", 14_200, 0.52),
    Suggestion("Longer opening hours for the library", "en", 9_900, 0.35),
    Suggestion("Un taller de reparación abierto", "es", 4_100, 0.28),
    Suggestion("Ein Bücherschrank am Markt", "de", 1_200, 0.24),
)
REMARKS = {
    "en": ("I walk past there every day: yes, please.", "Who would look after it?", "Good, but is the price right?"),
    "es": ("Hace mucha falta.", "¿Quién lo mantendría?", "Me parece una buena idea."),
    "de": ("Das fehlt schon lange.", "Wer kümmert sich darum?", "Gute Idee, aber was kostet der Unterhalt?"),
}


@dataclass(frozen=True)
class Citizen:
    """One person: her pseudonymous id, language, way of taking part, and a suggestion if she has one."""

    number: int
    language: str
    channel: str
    suggestion: Suggestion | None

    @property
    def subject(self) -> str:
        """The id under which she is known."""
        return f"citizen-{self.number:04d}"

    @property
    def by_staff(self) -> bool:
        """Whether staff enter for her what came on paper or by phone."""
        return self.channel in STAFF_CHANNELS

    def dice(self, purpose: str) -> random.Random:
        """Her own dice for one purpose: what she does depends on nobody else and on no order."""
        return random.Random(f"{self.number} {purpose}")

    def answers(self) -> dict[str, object]:
        """Her answers to the questionnaire."""
        dice = self.dice("answers")
        answers: dict[str, object] = {
            "street": dice.choice(["north", "south", "market", "river"]),
            "missing": dice.sample(["green", "shade", "benches", "play", "safety", "culture"], dice.randint(1, 3)),
            "content": dice.randint(1, 5),
        }
        return answers | ({"suggestion": self.suggestion.text} if self.suggestion else {})

    def likes(self, title: str, purpose: str) -> bool:
        """Whether she is for the idea of that title."""
        appeal = next((suggestion.appeal for suggestion in SUGGESTIONS if suggestion.text == title), 0.2)
        return self.dice(f"{purpose} {title}").random() < appeal

    def remark(self) -> str:
        """What she says in a discussion."""
        return self.dice("remark").choice(REMARKS[self.language])


def settle(count: int) -> list[Citizen]:
    """A neighbourhood of `count` people; twelve of them, spread over it, have a suggestion."""
    every = max(1, count // len(SUGGESTIONS))
    return [_citizen(number, every) for number in range(count)]


def _citizen(number: int, every: int) -> Citizen:
    dice = random.Random(number)
    at, rest = divmod(number, every)
    suggestion = SUGGESTIONS[at] if rest == 0 and at < len(SUGGESTIONS) else None
    language = suggestion.language if suggestion else dice.choice(LANGUAGES)
    return Citizen(number, language, dice.choice(CHANNELS), suggestion)


def cost_of(title: str) -> int:
    """What staff find that the idea of that title costs."""
    return next((suggestion.cost for suggestion in SUGGESTIONS if suggestion.text == title), 5_000)
