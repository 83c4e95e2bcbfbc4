"""Why each idea was or was not funded, in people's words and in every language of the pages."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING

from interlinker_ideation.methods.placement import Placement, Verdict

if TYPE_CHECKING:
    from babel.support import Translations

# babel is loaded with the first result or page, not at start: see `interlinker_shared.pages.render`.

LANGUAGES = ("en", "es", "de")


def explain(placement: Placement, currency: str | None) -> dict[str, str]:
    """The reason of one placement, by language; `currency` is an ISO 4217 code."""
    return {language: _explain_in(language, placement, currency) for language in LANGUAGES}


def _explain_in(language: str, placement: Placement, currency: str | None) -> str:
    from babel.numbers import format_decimal  # noqa: PLC0415 - see above

    contender = placement.contender
    words = _WORDS[placement.verdict](_translations(language), contender.votes)
    return words % {
        "rank": placement.rank,
        "votes": format_decimal(contender.votes, locale=language),
        "support": format_decimal(contender.support, locale=language),
        "cost": money(contender.cost or 0, currency, language),
        "left": money(int(placement.left or 0), currency, language),
    }


def money(amount: int, currency: str | None, language: str) -> str:
    """An amount in whole units, with the currency's code where it is known: `30,000 EUR`."""
    from babel.numbers import format_currency, format_decimal  # noqa: PLC0415 - see above

    if currency is None:
        return format_decimal(amount, locale=language)
    return format_currency(amount, currency, "#,##0\xa0¤¤", locale=language, currency_digits=False)


@cache
def _translations(language: str) -> Translations:
    from interlinker_shared.pages.catalogues import load_translations  # noqa: PLC0415 - see above

    return load_translations("interlinker_ideation", language)


def _funded(texts: Translations, votes: int) -> str:
    return texts.ngettext(
        "Funded: rank %(rank)s with %(votes)s vote. It costs %(cost)s; %(left)s were left.",
        "Funded: rank %(rank)s with %(votes)s votes. It costs %(cost)s; %(left)s were left.",
        votes,
    )


def _too_costly(texts: Translations, votes: int) -> str:
    return texts.ngettext(
        "Not funded: rank %(rank)s with %(votes)s vote. It costs %(cost)s; only %(left)s were left.",
        "Not funded: rank %(rank)s with %(votes)s votes. It costs %(cost)s; only %(left)s were left.",
        votes,
    )


def _no_votes(texts: Translations, _votes: int) -> str:
    return texts.gettext("Not funded: rank %(rank)s. Nobody voted for it.")


def _no_cost(texts: Translations, votes: int) -> str:
    return texts.ngettext(
        "Not funded: rank %(rank)s with %(votes)s vote. Nobody has said what it costs.",
        "Not funded: rank %(rank)s with %(votes)s votes. Nobody has said what it costs.",
        votes,
    )


def _no_budget(texts: Translations, votes: int) -> str:
    return texts.ngettext(
        "Rank %(rank)s with %(votes)s vote; support: %(support)s. This campaign gives no money.",
        "Rank %(rank)s with %(votes)s votes; support: %(support)s. This campaign gives no money.",
        votes,
    )


_WORDS: dict[Verdict, Callable[[Translations, int], str]] = {
    Verdict.FUNDED: _funded,
    Verdict.TOO_COSTLY: _too_costly,
    Verdict.NO_VOTES: _no_votes,
    Verdict.NO_COST: _no_cost,
    Verdict.NO_BUDGET: _no_budget,
}
