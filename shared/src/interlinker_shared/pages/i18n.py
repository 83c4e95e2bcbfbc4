"""Keeping catalogues complete: extraction from templates and modules, what is missing, and writing .po files."""

from __future__ import annotations

from importlib.resources import files
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

from babel.messages.catalog import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.pofile import write_po
from jinja2 import Environment, nodes

from interlinker_shared.pages.catalogues import KIT, po_file, read_catalogue

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from babel.messages.catalog import Message

LANGUAGES = ("en", "es", "de")
SOURCE_LANGUAGE = "en"

_METHODS = [("**.py", "python"), ("**/templates/**.html", "jinja2.ext:babel_extract")]
_OPTIONS = {"**/templates/**.html": {"trimmed": "true", "newstyle_gettext": "true", "silent": "false"}}
_HEADER = "# Texts for people: msgids are English. Written by python -m interlinker_shared.pages.extract."


def extract(package: str) -> Catalog:
    """Collect every text that a package's templates and modules mark for translation."""
    found = _new_catalogue(None)
    folder = _folder(package)
    for filename, _, message, comments, context in extract_from_dir(folder, _METHODS, _OPTIONS, DEFAULT_KEYWORDS):
        found.add(message, None, [(filename, 1)], auto_comments=comments, context=context)
    return found


def missing(package: str, languages: Sequence[str] = LANGUAGES) -> dict[str, list[str]]:
    """List, by language, the texts of a package that nobody has translated (in it or in the kit) or that are broken."""
    wanted = list(_messages(extract(package)))
    foreign = [language for language in languages if language != SOURCE_LANGUAGE]
    return {language: _untranslated(package, language, wanted) for language in foreign}


def unused(package: str, languages: Sequence[str] = LANGUAGES) -> dict[str, list[str]]:
    """List, by language, the texts of a package's catalogues that its sources no longer hold."""
    wanted = {message.id for message in _messages(extract(package))}
    return {
        language: [_text(held) for held in _messages(read_catalogue(package, language)) if held.id not in wanted]
        for language in languages
    }


def unsafe_calls(package: str) -> list[str]:
    """List calls of `_()` on a variable in a package's templates: they would let the variable's text in as markup."""
    templates = sorted(_folder(package).glob("templates/**/*.html"))
    return [f"{path.name}:{line}" for path in templates for line in _calls_on_variables(path.read_text("utf-8"))]


def update(package: str, languages: Sequence[str] = LANGUAGES) -> list[Path]:
    """Bring a package's .po files up to date with its sources; gives the files that changed."""
    template = extract(package)
    changed = (_update_one(package, language, template) for language in languages)
    return [path for path in changed if path is not None]


def _update_one(package: str, language: str, template: Catalog) -> Path | None:
    catalogue = _new_catalogue(language)
    for message in _messages(read_catalogue(package, language)):
        catalogue[message.id] = message
    catalogue.update(template, no_fuzzy_matching=True, update_creation_date=False)
    written = BytesIO()
    write_po(written, catalogue, width=100, omit_header=True, include_lineno=False, ignore_obsolete=True)
    text = f'{_HEADER}\nmsgid ""\nmsgstr ""\n{_fields(catalogue)}\n'.encode() + written.getvalue()
    path = Path(str(po_file(package, language)))
    if path.is_file() and path.read_bytes() == text:
        return None
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text)
    return path


def _fields(catalogue: Catalog) -> str:
    """Only the header fields that say something: no dates, no names, so that a file changes when its texts do."""
    fields = {
        "Language": str(catalogue.locale_identifier),
        "Content-Type": "text/plain; charset=utf-8",
        "Content-Transfer-Encoding": "8bit",
        "Plural-Forms": catalogue.plural_forms,
    }
    return "".join(f'"{name}: {value}\\n"\n' for name, value in fields.items())


def _calls_on_variables(template: str) -> list[int]:
    calls = Environment(extensions=["jinja2.ext.i18n"], autoescape=True).parse(template).find_all(nodes.Call)
    translating = [call for call in calls if isinstance(call.node, nodes.Name) and call.node.name in DEFAULT_KEYWORDS]
    return [call.lineno for call in translating if not isinstance(call.args[0], nodes.Const)]


def _untranslated(package: str, language: str, wanted: list[Message]) -> list[str]:
    catalogues = [read_catalogue(name, language) for name in dict.fromkeys((package, KIT))]
    return [_text(message) for message in wanted if not any(_is_translated(message, held) for held in catalogues)]


def _is_translated(message: Message, catalogue: Catalog) -> bool:
    held = catalogue.get(message.id, message.context)
    if held is None or held.fuzzy:
        return False
    texts = held.string if isinstance(held.string, list | tuple) else (held.string,)
    complete = len(texts) == (catalogue.num_plurals if held.pluralizable else 1)
    return complete and all(texts) and not list(held.check(catalogue))


def _messages(catalogue: Catalog) -> Iterator[Message]:
    return (message for message in catalogue if message.id)


def _text(message: Message) -> str:
    return message.id if isinstance(message.id, str) else message.id[0]


def _new_catalogue(language: str | None) -> Catalog:
    return Catalog(locale=language and language.replace("-", "_"), header_comment=_HEADER, fuzzy=False)


def _folder(package: str) -> Path:
    return Path(str(files(package)))
