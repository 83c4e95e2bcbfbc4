"""Consents: each person's own, kept when they are withdrawn, numbers that no erasure changes."""

from __future__ import annotations

from typing import Any

from shared.tests.boxes import Box, Clock

from interlinker_shared.auth import Role

NEWS = {"purpose": "newsletter", "policy": "2026-11"}


async def give(box: Box, who: str = "anna", **fields: Any) -> dict[str, Any]:
    answer = await box.ask("POST", "/consents", Role.MEMBER, who, json=NEWS | fields)
    consent: dict[str, Any] = answer.raise_for_status().json()
    return consent


async def own(box: Box, who: str = "anna") -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await box.ask("GET", "/consents", Role.MEMBER, who)).json()["items"]
    return found


async def counts(box: Box) -> list[tuple[str, int, int]]:
    items = (await box.ask("GET", "/consents/counts")).json()["items"]
    return [(one["policy"], one["given"], one["withdrawn"]) for one in items]


async def test_a_consent_says_to_what_since_when_and_how(box: Box, clock: Clock) -> None:
    consent = await give(box)
    assert {name: consent[name] for name in NEWS} == NEWS
    assert (consent["channel"], consent["withdrawn_at"]) == ("api", None)
    assert consent["given_at"].startswith(clock.now.isoformat()[:19])


async def test_giving_what_stands_changes_nothing(box: Box) -> None:
    assert (await give(box))["id"] == (await give(box))["id"]
    assert await counts(box) == [("2026-11", 1, 0)]


async def test_a_withdrawn_consent_stays_on_record_and_can_be_given_anew(box: Box, clock: Clock) -> None:
    first = await give(box)
    clock.go_on(60)
    for _ in range(2):
        gone = (await box.ask("POST", f"/consents/{first['id']}/withdraw", Role.MEMBER, "anna")).json()
        assert gone["withdrawn_at"] > gone["given_at"]
    assert (await give(box))["id"] != first["id"]
    assert [one["withdrawn_at"] is None for one in await own(box)] == [False, True]
    assert await counts(box) == [("2026-11", 2, 1)]


async def test_nobody_sees_or_withdraws_what_others_gave(box: Box) -> None:
    mine = await give(box)
    assert await own(box, "ben") == []
    assert (await box.ask("POST", f"/consents/{mine['id']}/withdraw", Role.MEMBER, "ben")).status_code == 404
    assert (await box.ask("GET", "/consents/counts", Role.MEMBER, "ben")).status_code == 403
    assert (await box.ask("GET", "/consents", Role.PUBLIC)).status_code == 401


async def test_a_purpose_without_a_text_is_refused(box: Box) -> None:
    answer = await box.ask("POST", "/consents", Role.MEMBER, "anna", json={"purpose": "newsletter"})
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/policy")


async def test_an_export_holds_them_and_an_erasure_takes_them_but_no_number(box: Box) -> None:
    await give(box)
    held = (await box.ask("GET", "/subjects/anna", Role.MEMBER, "anna")).json()["data"]["consents"]
    assert [one["purpose"] for one in held] == ["newsletter"]
    await box.ask("DELETE", "/subjects/anna", Role.MEMBER, "anna")
    assert await own(box) == []
    assert await counts(box) == [("2026-11", 1, 0)]
