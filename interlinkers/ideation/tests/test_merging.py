"""Merging ideas and undoing it: nobody counts twice, nothing is lost, and old addresses lead on."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random
from uuid import UUID

import pytest
from interlinkers.ideation.tests.calling import Service, problem
from sqlalchemy.orm import Session

from interlinker_ideation import actions, merging, store
from interlinker_ideation.wire import IdeaCreate
from interlinker_shared.assets import require
from interlinker_shared.auth import Principal, Role
from interlinker_shared.clock import utc_now
from interlinker_shared.errors import ConflictError, NotFoundError
from interlinker_shared.state import Kit
from interlinker_shared.testing_reads import NOWHERE

FEW, MANY, DEEDS, IDEAS = 40, 1000, 12, 5
PEOPLE = [f"p{number}" for number in range(5)]


async def two_ideas(service: Service) -> tuple[str, str, str]:
    """A campaign, an idea with two supporters, and one with another two; ben supports both."""
    campaign = await service.create_campaign()
    one, other = [await service.create_idea(campaign, title, who="ana") for title in ("A pond", "The pond")]
    for idea, people in ((one, ("ben", "cleo")), (other, ("ben", "dan"))):
        for who in people:
            await service.call("PUT", f"/campaigns/{campaign}/ideas/{idea}/support", who=who)
    return campaign, one, other


async def merge(service: Service, campaign: str, idea: str, into: str) -> int:
    answer = await service.staff("POST", f"/campaigns/{campaign}/ideas/{idea}/merge", {"into": into})
    assert answer.status_code == 200, answer.text
    return int(answer.json()["support"])


async def supports(service: Service, campaign: str) -> dict[str, int]:
    page = (await service.call("GET", f"/campaigns/{campaign}/ideas", who=None)).json()
    return {idea["id"]: idea["support"] for idea in page["items"]}


async def test_a_merged_idea_brings_its_people_once_each_and_leads_on(service: Service) -> None:
    campaign, one, other = await two_ideas(service)
    assert await merge(service, campaign, one, other) == 3
    assert await supports(service, campaign) == {other: 3}
    led = await service.client.get(f"/campaigns/{campaign}/ideas/{one}", follow_redirects=True)
    assert (led.history[0].status_code, led.json()["id"]) == (308, other)
    (merged,) = (await service.call("GET", f"/campaigns/{campaign}/ideas/{other}/history")).json()["merged"]
    assert (merged["id"], merged["title"]) == (one, "A pond")
    (event,) = await service.events("idea.merged.v1")
    assert event["data"] == {"campaign": campaign, "idea": one, "into": other}


async def test_an_undone_merge_leaves_all_as_it_was(service: Service) -> None:
    campaign, one, other = await two_ideas(service)
    before = await supports(service, campaign)
    await merge(service, campaign, one, other)
    assert (await service.staff("POST", f"/campaigns/{campaign}/ideas/{one}/separate")).json()["support"] == 2
    assert await supports(service, campaign) == before
    assert [event["data"]["out_of"] for event in await service.events("idea.separated.v1")] == [other]
    again = await service.staff("POST", f"/campaigns/{campaign}/ideas/{one}/separate")
    assert again.status_code == 404


async def test_followers_and_the_author_hear_of_what_their_idea_became(service: Service) -> None:
    campaign, one, other = await two_ideas(service)
    third = await service.create_idea(campaign, "Pond!", who="eve")
    await service.call("PUT", f"/campaigns/{campaign}/ideas/{third}/following", who="finn")
    await merge(service, campaign, third, one)
    await merge(service, campaign, one, other)
    answer = {"office": "Parks", "text": "Yes."}
    await service.staff("PUT", f"/campaigns/{campaign}/ideas/{other}/answer", answer)
    for who in ("ana", "ben", "cleo", "dan", "eve", "finn"):
        assert len((await service.call("GET", f"/campaigns/{campaign}/news", who=who)).json()["items"]) == 1, who


async def test_a_merge_is_undone_from_the_outside_in(service: Service) -> None:
    campaign, one, other = await two_ideas(service)
    third = await service.create_idea(campaign, "Pond!")
    await merge(service, campaign, one, other)
    await merge(service, campaign, other, third)
    refused = await service.staff("POST", f"/campaigns/{campaign}/ideas/{one}/separate")
    assert problem(refused) == (409, "merged-further")


async def test_only_standing_ideas_of_a_campaign_are_merged_and_not_into_themselves(service: Service) -> None:
    campaign, one, other = await two_ideas(service)
    path = f"/campaigns/{campaign}/ideas"
    assert problem(await service.staff("POST", f"{path}/{one}/merge", {"into": one})) == (422, "same-idea")
    assert problem(await service.staff("POST", f"{path}/{one}/merge", {"into": NOWHERE})) == (422, "unknown-idea")
    await merge(service, campaign, one, other)
    assert (await service.staff("POST", f"{path}/{one}/merge", {"into": other})).status_code == 404
    assert problem(await service.staff("POST", f"{path}/{other}/merge", {"into": one})) == (422, "unknown-idea")


async def test_nothing_is_merged_once_anybody_has_voted(service: Service) -> None:
    campaign, one, other = await two_ideas(service)
    await service.vote(campaign, one)
    refused = await service.staff("POST", f"/campaigns/{campaign}/ideas/{one}/merge", {"into": other})
    assert problem(refused) == (409, "ballots-cast")


async def test_support_that_is_taken_back_is_gone_after_an_undo_too(service: Service) -> None:
    campaign, one, other = await two_ideas(service)
    await merge(service, campaign, one, other)
    await service.call("DELETE", f"/campaigns/{campaign}/ideas/{other}/support", who="cleo")
    await service.staff("POST", f"/campaigns/{campaign}/ideas/{one}/separate")
    assert await supports(service, campaign) == {one: 1, other: 2}


async def test_an_idea_stands_again_when_the_one_it_went_into_is_withdrawn(service: Service) -> None:
    campaign, one, other = await two_ideas(service)
    await merge(service, campaign, one, other)
    await service.call("DELETE", f"/campaigns/{campaign}/ideas/{other}", who="ana")
    assert await supports(service, campaign) == {one: 2}


async def test_a_merged_idea_is_not_offered_as_similar_and_left_the_feed(service: Service) -> None:
    campaign, one, other = await two_ideas(service)
    await merge(service, campaign, one, other)
    found = await service.client.get(f"/campaigns/{campaign}/ideas/similar", params={"q": "pond"})
    assert [item["id"] for item in found.json()["items"]] == [other]
    changes = (await service.staff("GET", "/changes")).json()["items"]
    assert {change["id"]: change["body"] is None for change in changes if change["kind"] == "idea"} == {
        one: True,
        other: False,
    }


@dataclass
class Model:
    """What must be so: who supports which idea of her own will, and what was merged into what."""

    own: dict[int, set[str]] = field(default_factory=dict)
    into: dict[int, int] = field(default_factory=dict)

    def below(self, idea: int) -> set[int]:
        children = {one for one, target in self.into.items() if target == idea}
        return children.union(*(self.below(child) for child in children))

    def people(self, idea: int) -> set[str]:
        return self.own[idea].union(*(self.own[one] for one in self.below(idea)))

    def standing(self) -> dict[int, int]:
        return {idea: len(self.people(idea)) for idea in self.own if idea not in self.into}


@dataclass
class Play:
    """One random sequence on a campaign of its own, in the database and in the model."""

    session: Session
    campaign: UUID
    ids: list[UUID]
    model: Model
    rng: Random

    def step(self) -> None:
        """Do something at random; what the model forbids must be refused."""
        one, other = self.rng.sample(range(IDEAS), 2)
        {0: self.merge, 1: self.separate, 2: self.give, 3: self.give, 4: self.take}[self.rng.randrange(5)](one, other)

    def merge(self, one: int, other: int) -> None:
        if one in self.model.into or other in self.model.into:
            return
        merging.merge_idea(self.session, self.campaign, self.ids[one], self.ids[other], by=STAFF, now=utc_now())
        self.model.into[one] = other

    def separate(self, one: int, _other: int) -> None:
        target = self.model.into.get(one)
        if target is None or target in self.model.into:
            with pytest.raises((NotFoundError, ConflictError)):
                merging.separate_idea(self.session, self.campaign, self.ids[one], by=STAFF, now=utc_now())
            return
        merging.separate_idea(self.session, self.campaign, self.ids[one], by=STAFF, now=utc_now())
        del self.model.into[one]

    def give(self, one: int, _other: int) -> None:
        if one not in self.model.into:
            who = self.rng.choice(PEOPLE)
            actions.give_support(self.session, self.campaign, self.ids[one], by=person(who), now=utc_now())
            if who not in self.model.people(one):
                self.model.own[one].add(who)

    def take(self, one: int, _other: int) -> None:
        if one not in self.model.into:
            who = self.rng.choice(PEOPLE)
            actions.take_support_back(self.session, self.campaign, self.ids[one], by=person(who), now=utc_now())
            for idea in {one, *self.model.below(one)}:
                self.model.own[idea].discard(who)

    def counts(self) -> dict[int, int]:
        rows = store.all_ideas(self.session, self.campaign)
        return {self.ids.index(row.id): row.support for row in rows}


def person(who: str) -> Principal:
    return Principal(subject=who, role=Role.MEMBER)


STAFF = Principal(subject="staff", role=Role.OWNER)


def play(session: Session, campaign_id: UUID, seed: int) -> None:
    """Compare after each deed, and after all merges were undone."""
    campaign = require(session, campaign_id)
    body = IdeaCreate(title="A pond", text="Please.")
    ids = [actions.submit_idea(session, campaign.id, body, by=STAFF, now=utc_now()).id for _ in range(IDEAS)]
    game = Play(session, campaign.id, ids, Model({number: set() for number in range(IDEAS)}), Random(seed))
    for _ in range(DEEDS):
        game.step()
        session.expire_all()
        assert game.counts() == game.model.standing(), seed
    while game.model.into:
        outer = next(one for one, target in game.model.into.items() if target not in game.model.into)
        game.separate(outer, outer)
    session.expire_all()
    assert game.counts() == {idea: len(people) for idea, people in game.model.own.items()}, seed
    for idea in ids:
        store.find_idea(session, campaign.id, idea).withdrawn = True
    session.flush()


@pytest.mark.parametrize("sequences", [FEW, pytest.param(MANY, marks=pytest.mark.slow)])
async def test_random_sequences_conserve_every_count(service: Service, sequences: int) -> None:
    campaign = await service.create_campaign()
    kit: Kit = service.app.state.kit
    for seed in range(sequences):
        await kit.db.write(play, UUID(campaign), seed)
