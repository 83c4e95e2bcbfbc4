"""Which language a page is in, and which one a piece of content is shown in."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from starlette.requests import Request

# babel is loaded with the first page or the first language to choose, not at start: see `interlinker_shared.pages.render`.


def request_language(request: Request, languages: Sequence[str]) -> str:
    """Choose among `languages`: `?lang=` wins, then Accept-Language, then the first of them."""
    wished = request.query_params.get("lang")
    if wished is not None and wished in languages:
        return wished
    return negotiated_language(request.headers.get("accept-language", ""), languages)


def negotiated_language(header: str, languages: Sequence[str]) -> str:
    """Choose among `languages` by an Accept-Language header; the first of them when it names none."""
    from babel import negotiate_locale  # noqa: PLC0415 - see above

    return negotiate_locale(accepted_languages(header), languages, sep="-") or languages[0]


def accepted_languages(header: str) -> list[str]:
    """Read an Accept-Language header (RFC 9110, 12.5.4): the tags, best first, without the refused ones."""
    weighted = [_weighted(part) for part in header.split(",") if part.strip()]
    wanted = [(weight, tag) for weight, tag in weighted if weight > 0]
    return [tag for _, tag in sorted(wanted, key=lambda item: -item[0])]


def _weighted(part: str) -> tuple[float, str]:
    tag, _, parameter = part.partition(";")
    name, _, weight = parameter.strip().partition("=")
    if not parameter.strip():
        return 1.0, tag.strip()
    try:
        return (float(weight) if name.strip() == "q" else 0.0), tag.strip()
    except ValueError:
        return 0.0, tag.strip()


def direction(language: str) -> str:
    """`ltr` or `rtl`; `auto` for a language that CLDR does not know."""
    from babel import Locale, UnknownLocaleError  # noqa: PLC0415 - see above

    try:
        return Locale.parse(language, sep="-").text_direction
    except (UnknownLocaleError, ValueError):
        return "auto"


def own_name(language: str) -> str:
    """Name a language in itself, with a capital as a label has it: `Español`."""
    from babel import Locale  # noqa: PLC0415 - see above

    name = Locale.parse(language, sep="-").get_display_name() or language
    return name[:1].upper() + name[1:]


def best_language(texts: Mapping[str, str], language: str) -> str:
    """Choose the key of `texts` that serves a reader of `language`: itself or a relative, English, else the first."""
    from babel import negotiate_locale  # noqa: PLC0415 - see above

    related = negotiate_locale([language], list(texts), sep="-")
    if related is None:
        base = language.partition("-")[0]
        related = next((tag for tag in texts if tag.partition("-")[0] == base), None)
    return related or ("en" if "en" in texts else next(iter(texts)))
