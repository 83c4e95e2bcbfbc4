"""The template engine of one service in one language: its templates over the kit's, its texts over the kit's."""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined

from interlinker_shared.pages.catalogues import KIT, load_translations
from interlinker_shared.pages.filters import Filters

if TYPE_CHECKING:
    from babel.support import Translations


def make_environment(package: str, language: str, timezone: str) -> Environment:
    """Make one environment per language, so that macros imported without context still speak it."""
    environment = Environment(
        loader=_loader(package),
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


def _loader(package: str) -> ChoiceLoader:
    own = [PackageLoader(package)] if files(package).joinpath("templates").is_dir() else []
    return ChoiceLoader([*own, PackageLoader(KIT)])
