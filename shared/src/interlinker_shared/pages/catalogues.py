"""Reading gettext catalogues: plain .po files, compiled in memory when a service starts."""

from __future__ import annotations

from importlib.resources import files
from io import BytesIO
from typing import TYPE_CHECKING

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import Translations

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

KIT = "interlinker_shared.pages"


def po_file(package: str, language: str) -> Traversable:
    """Where a package keeps its texts in one language."""
    return files(package).joinpath("locale", language, "LC_MESSAGES", "messages.po")


def read_catalogue(package: str, language: str) -> Catalog:
    """Read a package's texts in one language: an empty catalogue where it ships none."""
    source = po_file(package, language)
    if not source.is_file():
        return Catalog(locale=language.replace("-", "_"))
    with source.open("rb") as lines:
        return read_po(lines, locale=language.replace("-", "_"))


def load_translations(package: str, language: str) -> Translations:
    """Give a package's texts in one language, falling back on the kit's and then on the msgid itself."""
    own = _compiled(read_catalogue(package, language))
    if package != KIT:
        own.add_fallback(_compiled(read_catalogue(KIT, language)))
    return own


def _compiled(catalogue: Catalog) -> Translations:
    compiled = BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return Translations(compiled)
