"""Rendering a page: the templates of a block over those of the kit, in the language of the reader."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import files
from typing import TYPE_CHECKING

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined
from starlette.responses import HTMLResponse, RedirectResponse

from interlinker_shared.pages.catalogues import KIT, load_translations
from interlinker_shared.pages.filters import Filters
from interlinker_shared.pages.form_state import Form
from interlinker_shared.pages.language import direction, own_name, request_language
from interlinker_shared.pages.links import Links
from interlinker_shared.pages.problems import problem_words

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from babel.support import Translations
    from starlette.requests import Request

    from interlinker_shared.errors import FieldError


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


class Pages:
    """The pages of one service: build once, at start."""

    def __init__(
        self,
        package: str,
        *,
        name: Mapping[str, str],
        languages: Sequence[str] = ("en", "es", "de"),
        timezone: str = "UTC",
    ) -> None:
        """`package` has `templates/` and `locale/`; the first of `languages` is the default; `timezone` is IANA's."""
        self._name = name
        self._languages = tuple(languages)
        loader = _loader(package)
        self._environments = {tag: _environment(loader, package, tag, timezone) for tag in self._languages}

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
        text = self._environments[language].get_template(template).render(own | assets | context)
        return HTMLResponse(text, status, {"Content-Language": language, "Vary": "Accept-Language"})

    def problem(
        self, request: Request, status: int, *, detail: str = "", errors: Sequence[FieldError] = (), back: str = ""
    ) -> HTMLResponse:
        """Render an error as a page; `back` is an address of this service from which to go on."""
        title, advice = problem_words(status)
        words = {"title": title, "advice": advice, "detail": detail, "errors": errors, "back": back}
        return self.render(request, "kit/problem.html", status=status, problem=words)

    def see_other(self, request: Request, path: str, **query: object) -> RedirectResponse:
        """Send the reader on after a post, to an address of this service, in the language she reads."""
        return RedirectResponse(Links(request).to(path, **query), status_code=303)

    def _page(self, links: Links, language: str, context: Mapping[str, object]) -> Page:
        failed = any(isinstance(value, Form) and value.errors for value in context.values())
        switch = tuple(
            LanguageLink(tag, own_name(tag), links.query(lang=tag), tag == language) for tag in self._languages
        )
        return Page(language, direction(language), self._name, switch, failed)


def _loader(package: str) -> ChoiceLoader:
    own = [PackageLoader(package)] if files(package).joinpath("templates").is_dir() else []
    return ChoiceLoader([*own, PackageLoader(KIT)])


def _environment(loader: ChoiceLoader, package: str, language: str, timezone: str) -> Environment:
    """Make one environment per language, so that macros imported without context still speak it."""
    environment = Environment(
        loader=loader,
        autoescape=True,
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n"],
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.policies["ext.i18n.trimmed"] = True
    translations: Translations = load_translations(package, language)
    environment.install_gettext_translations(translations, newstyle=True)  # type: ignore[attr-defined]  # the extension adds it
    environment.filters.update(Filters(language, timezone, translations).as_mapping())
    return environment
