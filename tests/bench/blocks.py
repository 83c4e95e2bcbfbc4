"""What is read and what is written in each block: the benchmark's only knowledge of their APIs."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from importlib.metadata import entry_points
from typing import Any

import httpx

from interlinker_shared.auth import Role, mint_token
from tests.bench.processes import BenchError

SECRET = "a secret for the benchmark only, long enough"
LIMIT = 30
KEPT = 75  # two pages and a half: the first page has a next one
TTL = 7200
SENTENCE = (
    "the square needs shade and somewhere to sit near the fountain because older people walk there in summer while "
    "children play between parked cars so a row of trees two benches and a slower street would help everybody who "
    "passes on the way to school market or bus stop and cost less than the new sign that nobody has asked for"
)
WORDS = SENTENCE.split()


@dataclass
class Api:
    """A block's API as its owner or somebody else calls it."""

    audience: str
    client: httpx.Client
    _headers: dict[str, dict[str, str]] = field(default_factory=dict)

    def headers(self, who: str, role: Role = Role.MEMBER) -> dict[str, str]:
        """The headers of a person's request; her token is made once."""
        if who not in self._headers:
            token = mint_token(SECRET, subject=who, role=role, audience=self.audience, ttl=TTL)
            self._headers[who] = {"Authorization": f"Bearer {token}"}
        return self._headers[who]

    def send(self, method: str, path: str, body: object = None, *, who: str | None = None) -> httpx.Response:
        """The answer to a request of the owner or of `who`; BenchError when it is no success."""
        headers = self.headers(who) if who else self.headers("owner", Role.OWNER)
        answer = self.client.request(method, path, json=body, headers=headers)
        if not answer.is_success:
            raise BenchError(f"{self.audience}: {method} {path} gave {answer.status_code} {answer.text[:300]}")
        return answer

    def make(self, path: str, body: object, *, who: str | None = None) -> str:
        """The id of what a POST has made."""
        return str(self.send("POST", path, body, who=who).json()["id"])

    def open_asset(self, path: str, config: dict[str, Any]) -> str:
        """The address of a new asset that takes contributions."""
        asset = self.make(path, {"title": "A greener town", "language": "en", "config": config})
        self.send("POST", f"{path}/{asset}/open")
        return f"{path}/{asset}"


@dataclass(frozen=True)
class Contribution:
    """A way to take part: `body(n)` is what the n-th request says, `table` where it is kept.

    `people` is how many take turns; None where everybody may do it once only.
    """

    method: str
    path: str
    body: Callable[[int], dict[str, Any]]
    table: str
    people: int | None = None


@dataclass(frozen=True)
class Block:
    """One Interlinker: how to fill a public page of 30 items, if it has one, and how to take part."""

    name: str
    contribution_name: str
    contribute: Callable[[Api], Contribution]
    fill_page: Callable[[Api], str] | None = None


def installed() -> list[Block]:
    """The blocks that are here; deleting one takes its figures away and nothing else."""
    services = {entry.name for entry in entry_points(group="interlinkers.services")}
    return [block for block in BLOCKS if block.name in services]


def prose(number: int) -> str:
    """A text as people write them: a line or a paragraph, the same for the same number."""
    chance = random.Random(number)
    start, length = chance.randrange(len(WORDS)), chance.choice((12, 25, 40, 60))
    words = [WORDS[(start + step) % len(WORDS)] for step in range(length)]
    return f"{' '.join(words).capitalize()}. **{words[0]}** number {number}."


def _pledges_page(api: Api) -> str:
    drive = api.open_asset("/pledges", {})
    for number in range(KEPT):
        api.send("POST", f"{drive}/entries", _pledge(number), who=f"person-{number}")
    return f"{drive}/entries?limit={LIMIT}"


def _pledge(number: int) -> dict[str, Any]:
    return {"text": prose(number), "language": "en", "amount": number % 50}


def _pledging(api: Api) -> Contribution:
    return Contribution("POST", f"{api.open_asset('/pledges', {})}/entries", _pledge, "pledges")


def _topic(api: Api) -> str:
    board = api.open_asset("/boards", {})
    return f"/topics/{api.make(f'{board}/topics', {'title': 'Shade', 'text': prose(0)})}"


def _posts_page(api: Api) -> str:
    topic = _topic(api)
    for number in range(KEPT):
        api.send("POST", f"{topic}/posts", {"text": prose(number)}, who=f"person-{number % 20}")
    return f"{topic}/posts?limit={LIMIT}"


def _posting(api: Api) -> Contribution:
    return Contribution("POST", f"{_topic(api)}/posts", lambda number: {"text": prose(number)}, "posts", people=500)


def _ideas_page(api: Api) -> str:
    campaign = api.open_asset("/campaigns", {})
    for number in range(KEPT):
        api.send("POST", f"{campaign}/ideas", _idea(number), who=f"person-{number}")
    return f"{campaign}/ideas?limit={LIMIT}"


def _idea(number: int) -> dict[str, Any]:
    return {"title": f"Idea {number}", "text": prose(number), "language": "en"}


def _voting(api: Api) -> Contribution:
    campaign = api.open_asset("/campaigns", {})
    ideas = [api.make(f"{campaign}/ideas", _idea(number)) for number in range(LIMIT)]

    def ballot(number: int) -> dict[str, Any]:
        return {"approvals": [ideas[(number + step) % LIMIT] for step in range(3)]}

    return Contribution("PUT", f"{campaign}/ballot", ballot, "ballots")


QUESTIONS = [
    *(
        {"type": "radiogroup", "name": f"choice{n}", "choices": ["park", "school", "market", "station"]}
        for n in range(4)
    ),
    *({"type": "rating", "name": f"rating{n}"} for n in range(3)),
    {"type": "checkbox", "name": "who", "choices": ["young", "old", "both"]},
    {"type": "comment", "name": "suggestion"},
    {"type": "text", "name": "street"},
]


def _answering(api: Api) -> Contribution:
    survey = api.open_asset("/surveys", {"definition": {"title": "What do we need?", "elements": QUESTIONS}})

    def response(number: int) -> dict[str, Any]:
        choices = {f"choice{n}": ("park", "school", "market", "station")[(number + n) % 4] for n in range(4)}
        ratings = {f"rating{n}": (number + n) % 5 + 1 for n in range(3)}
        return {"answers": {**choices, **ratings, "who": ["old"], "suggestion": prose(number), "street": "Long Street"}}

    return Contribution("POST", f"{survey}/responses", response, "responses")


BLOCKS = (
    Block("template", "pledge", _pledging, _pledges_page),
    Block("forum", "post", _posting, _posts_page),
    Block("survey", "response", _answering),
    Block("ideation", "ballot", _voting, _ideas_page),
)
