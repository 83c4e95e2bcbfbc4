"""Every stranger asks for everything: each request is refused, tells no more than one about nothing, and leaves no trace."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import product

import httpx

from tests.security.matrix.actors import Actor
from tests.security.matrix.by_hand import REACTION, refresh
from tests.security.matrix.lab import Findings, Proven, is_form
from tests.security.matrix.requests import FORM, Ask, is_id, like
from tests.security.matrix.things import Realm
from tests.security.matrix.world import MARKER, World

REFUSED = frozenset({401, 403, 404})
OF_ONE_REQUEST = frozenset({"traceparent", "date", "ratelimit", "ratelimit-policy"})
ACCEPTS = ("application/json", "text/html")
WRITTEN_BY_REFUSALS = {
    ("accounts", "last_seen_at"): "that somebody with an account came by",
    ("account_sessions", "last_seen_at"): "the same, of her session",
    ("account_sessions", "expires_at"): "her session lasts from then on",
    ("seals", "number"): "that there was a commit, on PostgreSQL, such as one of these",
    ("seals", "writer"): "who made it",
    ("seals", "sealed_at"): "when that was",
    ("api_keys", "last_used_at"): "the same, of a key; at most once a minute",
}


@dataclass(frozen=True)
class Case:
    """One request of one stranger. `missing` is the same about nothing; where the thing is `secret`, no answer tells one from the other."""

    actor: Actor
    ask: Ask
    accept: str
    missing: Ask | None = None
    secret: bool = False

    def __str__(self) -> str:
        """As a finding names it."""
        return f"{self.actor.name}: {self.ask} ({self.accept})"


@dataclass
class Verdict:
    """What became of all of them."""

    requests: int = 0
    accepted: list[str] = field(default_factory=list)
    told: list[str] = field(default_factory=list)
    leaked: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)

    @property
    def found(self) -> list[str]:
        """Everything that is not as it should be."""
        return [*self.accepted, *self.told, *self.leaked, *self.changed]


def cases(world: World, actors: Sequence[Actor], findings: Findings) -> Iterator[Case]:
    """All that must be refused."""
    hidden, proofs = world.named(Realm.HIDDEN), findings.proofs
    shown = {proof.ask.path[-1] for proof in proofs if proof.ask.path and not proof.personal}
    for actor, proof, accept in product(actors, proofs, ACCEPTS):
        if not actor.may(proof.ask, proof.realm, personal=proof.personal):
            secret = proof.realm is Realm.HIDDEN or (proof.personal and proof.ask.path[-1] not in shown)
            secret = secret and not actor.knows_all
            names = hidden if proof.realm is Realm.HIDDEN else world.named(Realm.KNOWN)
            yield Case(actor, proof.ask, accept, _missing(proof.ask, names), secret)
    for actor, ask, accept in product(actors, _without_names(world, findings), ACCEPTS):
        if not actor.may(ask, Realm.KNOWN, personal=False):
            yield Case(actor, ask, accept)
    for actor, proof in product(actors, proofs):
        mixed = _through_own(world, proof)
        if mixed is not None and not actor.may(proof.ask, proof.realm, personal=proof.personal):
            yield Case(actor, mixed, ACCEPTS[0], _missing(mixed, hidden), not actor.knows_all)


def lists(world: World, actors: Sequence[Actor], findings: Findings) -> Iterator[Case]:
    """What strangers may read of all there is: nothing hidden may be in it."""
    for actor, ask, accept in product(actors, _without_names(world, findings), ACCEPTS):
        if not actor.knows_all and ask.reads and actor.may(ask, Realm.KNOWN, personal=False):
            yield Case(actor, ask, accept)


async def judge(
    world: World, tried: Sequence[Case], read: Sequence[Case], client: httpx.AsyncClient | None = None
) -> Verdict:
    """Try all of `tried`, of which none may succeed, and look into `read`."""
    await refresh(world)
    sender, verdict = client or world.client, Verdict()
    before = world.place.rows(WRITTEN_BY_REFUSALS)
    for case in tried:
        answer = await _refused(verdict, sender, case, case.ask)
        _look_for_leaks(verdict, case, answer)
        if case.missing is not None:
            other = await _refused(verdict, sender, case, case.missing)
            if case.secret and _seen(answer, case.ask) != _seen(other, case.missing):
                verdict.told.append(f"{case}: {_short(answer)}, not {_short(other)}")
    for case in read:
        _look_for_leaks(verdict, case, await _sent(sender, case, case.ask))
    after = world.place.rows(WRITTEN_BY_REFUSALS)
    verdict.changed = [f"rows of {table}" for table in before if before[table] != after[table]]
    return verdict


def _without_names(world: World, findings: Findings) -> Iterator[Ask]:
    """Requests that name nothing: one for each operation."""
    for operation in world.operations:
        if not operation.parameters:
            ask = next(world.asks(operation, set(Realm)))
            sent = findings.forms.get(ask.url)
            yield replace(ask, body=sent[0] if sent else "", media=FORM) if is_form(operation) else ask


def _through_own(world: World, proof: Proven) -> Ask | None:
    """A hidden thing under the address of an asset of one's own."""
    own = next((name for name in world.roots if world.realm_of(name) is Realm.OWN), None)
    if (
        own is None
        or proof.realm is not Realm.HIDDEN
        or len(proof.ask.path) < 2
        or proof.ask.path[0] not in world.roots
    ):
        return None
    return proof.ask.about({proof.ask.path[0]: own})


def _missing(ask: Ask, names: Sequence[str]) -> Ask:
    """The same about things that nobody has."""
    said = {*ask.path, *(value for _, value in ask.query)}
    spoken = {name for name in names if name in said or (is_id(name) and name in ask.text)}
    return ask.about({name: like(name) for name in spoken - {REACTION}})


async def _refused(verdict: Verdict, client: httpx.AsyncClient, case: Case, ask: Ask) -> httpx.Response:
    answer = await _sent(client, case, ask)
    verdict.requests += 1
    if answer.status_code not in REFUSED:
        verdict.accepted.append(f"{case.actor.name}: {ask} ({case.accept}): {_short(answer)}")
    return answer


def _short(answer: httpx.Response) -> str:
    return f"{answer.status_code} {answer.text[:200]}"


async def _sent(client: httpx.AsyncClient, case: Case, ask: Ask) -> httpx.Response:
    request = ask.request()
    request["headers"] |= {**dict(case.actor.headers), "Accept": case.accept}
    return await client.request(**request)


def _look_for_leaks(verdict: Verdict, case: Case, answer: httpx.Response) -> None:
    if not case.actor.knows_all and MARKER not in case.ask.text and MARKER.encode() in answer.content:
        verdict.leaked.append(f"{case}: {answer.status_code}")


def _seen(answer: httpx.Response, ask: Ask) -> tuple[object, ...]:
    """All that tells one answer from another; what it repeats of the request apart."""
    body = answer.content
    for value in (*ask.ids, *ask.path, *(value for _, value in ask.query)):
        body = body.replace(value.encode(), b"-")
    headers = sorted((name, value) for name, value in answer.headers.multi_items() if name not in OF_ONE_REQUEST)
    return answer.status_code, headers, body
