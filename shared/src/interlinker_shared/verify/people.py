"""Checks of what people meet: pages, sign-in, roles, their own data."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any

import httpx

from interlinker_shared.auth import Role
from interlinker_shared.verify.checks import NotCheckedError, check
from interlinker_shared.verify.expect import expect, expect_problem, expect_status
from interlinker_shared.verify.operations import operations
from interlinker_shared.verify.service import MEMBER, SUBJECT, Service

LANGUAGES = ("en", "es", "de")
NO_SECRET = "roles other than the owner's need --secret"  # noqa: S105 - says that there is none


class Outline(HTMLParser):
    """What a page is made of, as far as checks ask."""

    def __init__(self, text: str) -> None:
        """Read a whole page."""
        super().__init__()
        self.language = ""
        self.title = ""
        self.count: dict[str, int] = {}
        self.inline: list[str] = []
        self._open = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Count it, and note script that stands in the page."""
        values = dict(attrs)
        self.count[tag] = self.count.get(tag, 0) + 1
        self._open = tag
        if tag == "html":
            self.language = values.get("lang") or ""
        if tag == "script" and "src" not in values and values.get("type") != "application/json":
            self.inline.append("<script>")
        self.inline += [
            name for name, value in attrs if name.startswith("on") or "javascript:" in (value or "").lower()
        ]

    def handle_data(self, data: str) -> None:
        """Take the title."""
        if self._open == "title":
            self.title += data.strip()

    def handle_endtag(self, tag: str) -> None:
        """Nothing is open any more."""
        self._open = "" if self._open == tag else self._open


@check("8 pages")
async def view_is_an_accessible_page(service: Service) -> None:
    """The view of an asset is HTML with a language, a title, one h1 and a main part."""
    answer = await _view(service)
    kind = answer.headers.get("content-type", "")
    expect(kind.startswith("text/html"), f"it is {kind}")
    outline = Outline(answer.text)
    expect(outline.language, "<html> has no lang")
    expect(outline.title, "it has no title")
    for tag in ("h1", "main"):
        expect(outline.count.get(tag) == 1, f"it has {outline.count.get(tag, 0)} <{tag}>, not one")


@check("8 pages")
async def view_speaks_the_readers_language(service: Service) -> None:
    """The view is in the language that the reader asks for: English, Spanish, German."""
    for language in LANGUAGES:
        answer = await _view(service, {"Accept-Language": f"{language}, en;q=0.1"})
        found = Outline(answer.text).language
        expect(found == language, f"asked for {language}, the page says {found!r}")
        expect("accept-language" in answer.headers.get("vary", "").lower(), "Vary does not name Accept-Language")


@check("8 pages")
async def view_runs_under_a_strict_policy(service: Service) -> None:
    """The view has a Content-Security-Policy without unsafe words, and no script or handler inline."""
    answer = await _view(service)
    policy = answer.headers.get("content-security-policy", "")
    expect("frame-ancestors" in policy, "there is no Content-Security-Policy with frame-ancestors")
    expect("unsafe" not in policy and "*" not in policy.split(), f"the policy is not strict: {policy}")
    expect(not Outline(answer.text).inline, f"inline: {Outline(answer.text).inline}")


@check("4 everywhere")
async def roles_are_asked_for(service: Service) -> None:
    """Whatever needs a role answers 401 without a token, and says how to sign in."""
    asset = await service.opened()
    path = (await service.assets()).path
    guarded = [one for one in await operations(service) if one.needs_role]
    expect(guarded, "no operation needs a role")
    for one in guarded:
        known = {one.parameters[0]: asset["id"]} if one.path.startswith(f"{path}/{{") else {}
        body: dict[str, Any] = {"json": {}} if one.body is not None else {}
        answer = await service.ask(one.method, one.address(**known), role=Role.PUBLIC, **body)
        expect_problem(answer, 401)
        expect("www-authenticate" in answer.headers, f"the 401 of {one} has no WWW-Authenticate")


@check("4 everywhere")
async def bad_tokens_are_refused(service: Service) -> None:
    """A token that is not valid is refused with 401, even where none is needed."""
    path = (await service.assets()).path
    unsigned = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4Iiwicm9sZSI6Im93bmVyIn0."
    for value in ("Bearer nonsense", f"Bearer {unsigned}", "Basic eDp5", "Bearer"):
        expect_problem(await service.client.get(path, headers={"Authorization": value}), 401)


@check("7 roles")
async def members_may_not_moderate(service: Service) -> None:
    """A member who creates, opens, closes or deletes an asset is refused with 403."""
    _need_members(service)
    asset = await service.opened()
    tries = [
        await service.ask("POST", (await service.assets()).path, role=Role.MEMBER, json=await service.new_asset()),
        await service.ask("POST", await service.path_of(asset, "/close"), role=Role.MEMBER),
        await service.ask("DELETE", await service.path_of(asset), role=Role.MEMBER),
    ]
    for answer in tries:
        expect_problem(answer, 403)


@check("4 operations")
async def people_see_their_own_data_only(service: Service) -> None:
    """A person reads and erases her own data; somebody else's is refused with 403 or 404."""
    _need_members(service)
    own = expect_status(await service.ask("GET", f"/subjects/{MEMBER}", role=Role.MEMBER), 200)
    expect(own.json()["subject"] == MEMBER, f"it is about {own.json()['subject']}")
    for method in ("GET", "DELETE"):
        expect_problem(await service.ask(method, f"/subjects/{SUBJECT}", role=Role.MEMBER), 403, 404)
    for _ in range(2):
        expect_status(await service.ask("DELETE", f"/subjects/{MEMBER}", role=Role.MEMBER), 204)


def _need_members(service: Service) -> None:
    if not service.can_be(Role.MEMBER):
        raise NotCheckedError(NO_SECRET)


async def _view(service: Service, headers: dict[str, str] | None = None) -> httpx.Response:
    asset, manifest = await service.opened(), await service.manifest()
    path = str(manifest.view).replace("{id}", asset["id"])
    wanted = {"Accept": "text/html"} | (headers or {})
    return expect_status(await service.ask("GET", path, role=Role.PUBLIC, headers=wanted), 200)
