"""Rendering a page: the templates of a block over those of the kit, in the language of the reader."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from starlette.responses import HTMLResponse, RedirectResponse

from interlinker_shared.auth import ANONYMOUS, Channel
from interlinker_shared.pages.form_state import Form
from interlinker_shared.pages.language import direction, own_name, request_language
from interlinker_shared.pages.links import Links
from interlinker_shared.pages.problems import problem_words

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from jinja2 import Environment
    from starlette.requests import Request

    from interlinker_shared.auth import Principal
    from interlinker_shared.errors import FieldError
    from interlinker_shared.settings import ServiceSettings

# jinja2, babel and a language's texts are loaded with the first page in it: 80 ms and 5 MB at start otherwise, also where
# only programs ever call.


@dataclass(frozen=True)
class LanguageLink:
    """One entry of the language switch."""

    language: str
    name: str
    href: str
    current: bool


@dataclass(frozen=True)
class Page:
    """What the base template knows of the page at hand."""

    language: str
    direction: str
    service: Mapping[str, str]
    languages: tuple[LanguageLink, ...]
    failed: bool
    account: str
    """`in` for somebody who is signed in, `out` for who could sign in, empty where nobody signs in or the page is embedded."""
    here: str | None
    """The page's own address, to come back to; None for what was posted."""
    kept_days: int | None
    """How long contributions are kept after the close of what says nothing else; None without an end."""


class Pages:
    """The pages of one service."""

    def __init__(
        self,
        package: str,
        *,
        name: Mapping[str, str],
        languages: Sequence[str] = ("en", "es", "de"),
        timezone: str = "UTC",
    ) -> None:
        """`package` has `templates/` and `locale/`; the first of `languages` is the default; `timezone` is IANA's."""
        self._package = package
        self._name = name
        self._languages = tuple(languages)
        self._timezone = timezone
        self._environments: dict[str, Environment] = {}

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages that these pages come in, the default first."""
        return self._languages

    def language(self, request: Request) -> str:
        """Tell the language that this request is answered in."""
        return request_language(request, self._languages)

    def render(self, request: Request, template: str, *, status: int = 200, **context: object) -> HTMLResponse:
        """Render a template in the language of the request."""
        language = self.language(request)
        links = Links(request)
        own = {"page": self._page(links, language, context), "link": links.to, "query": links.query}
        assets = {"static": links.static, "kit": links.kit}
        text = self._environment(language).get_template(template).render(own | assets | context)
        return HTMLResponse(text, status, {"Content-Language": language, "Vary": "Accept-Language"})

    def problem(
        self, request: Request, status: int, *, detail: str = "", errors: Sequence[FieldError] = (), back: str = ""
    ) -> HTMLResponse:
        """Render an error as a page; `back` is an address of this service from which to go on."""
        title, advice = problem_words(status)
        words = {"status": status, "title": title, "advice": advice, "detail": detail, "errors": errors, "back": back}
        return self.render(request, "kit/problem.html", status=status, problem=words)

    def guest(self, request: Request, **context: object) -> HTMLResponse:
        """Render the page on which a guest sends her form once more: `fields`, a `token`, whether it is the `first` time."""
        return self.render(request, "kit/guest.html", status=403, **context)

    def see_other(self, request: Request, path: str, **query: object) -> RedirectResponse:
        """Send the reader on after a post, to an address of this service, in the language she reads."""
        return RedirectResponse(Links(request).to(path, **query), status_code=303)

    def _environment(self, language: str) -> Environment:
        from interlinker_shared.pages.environment import make_environment  # noqa: PLC0415 - see above

        if language not in self._environments:
            self._environments[language] = make_environment(self._package, language, self._timezone)
        return self._environments[language]

    def _page(self, links: Links, language: str, context: Mapping[str, object]) -> Page:
        failed = any(isinstance(value, Form) and value.errors for value in context.values())
        switch = tuple(
            LanguageLink(tag, own_name(tag), links.query(lang=tag), tag == language) for tag in self._languages
        )
        here = links.here() if links.request.method == "GET" else None
        account, kept = _account(links.request), _kept_days(links.request)
        return Page(language, direction(language), self._name, switch, failed, account, here, kept)


def _settings(request: Request) -> ServiceSettings | None:
    app = request.scope.get("app")
    return getattr(app.state, "settings", None) if app is not None else None


def _kept_days(request: Request) -> int | None:
    settings = _settings(request)
    return settings.retention.days if settings is not None and settings.retention is not None else None


def _account(request: Request) -> str:
    """Must be the same for all who are not signed in: their pages are kept."""
    settings = _settings(request)
    principal: Principal = request.scope.get("principal", ANONYMOUS)
    if settings is None or not settings.people_sign_in or principal.channel is Channel.EMBED:
        return ""
    return "in" if principal.subject is not None else "out"
