"""Why each idea was or was not funded or elected, in people's words and in every language of the pages."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction
from functools import cache
from math import ceil
from typing import TYPE_CHECKING, Any, Protocol

from interlinker_ideation.methods.placement import Verdict
from interlinker_ideation.methods.rules import Rule
from interlinker_ideation.methods.scoring import ScoreBy

if TYPE_CHECKING:
    from babel.support import Translations

# babel is loaded with the first result or page, not at start: see `interlinker_shared.pages.render`.


class HasCost(Protocol):
    """What of an idea a reason tells."""

    @property
    def cost(self) -> int | None: ...
    @property
    def support(self) -> int: ...


LANGUAGES = ("en", "es", "de")


def explain(placed: Mapping[str, Any], idea: HasCost, rule: Rule, currency: str | None) -> dict[str, str]:
    """The reason of one entry of a bundle's outcome, by language; `currency` is an ISO 4217 code."""
    return {language: _explain_in(language, placed, idea, rule, currency) for language in LANGUAGES}


def _explain_in(language: str, placed: Mapping[str, Any], idea: HasCost, rule: Rule, currency: str | None) -> str:
    texts, score = _translations(language), placed.get("score")
    words = {
        "rank": number(placed["rank"], language),
        "stage": number(placed.get("stage", 0), language),
        "figure": figure(placed, rule, language),
        "votes": number(placed["votes"], language),
        "score": number(score or 0, language),
        "support": number(idea.support, language),
        "cost": money(idea.cost or 0, currency, language),
        "left": money(int(Fraction(placed.get("left", 0))), currency, language),
        "paid": money(ceil(Fraction(placed.get("paid", 0))), currency, language),
    }
    reason = _WORDS[Verdict(placed["verdict"])](texts, placed) % words
    return " ".join([reason, *_enough(texts, placed.get("enough") or {}, currency, language)])


def figure(placed: Mapping[str, Any], rule: Rule, language: str) -> str:
    """What an idea was put in order by: `12 votes`, `34 points`."""
    texts, by = _translations(language), rule.scoring.by
    score = Fraction(placed.get("score", placed["votes"]))
    if by is ScoreBy.RATING:
        words = texts.gettext("a mean mark of %(figure)s")
    elif by is ScoreBy.UP_DOWN:
        words = texts.gettext("a score of %(figure)s")
    elif by is ScoreBy.SUPPORT:
        words = texts.ngettext("%(figure)s supporter", "%(figure)s supporters", int(score))
    elif by in {ScoreBy.POINTS, ScoreBy.BORDA}:
        words = texts.ngettext("%(figure)s point", "%(figure)s points", int(score))
    else:
        score = Fraction(placed["votes"])
        words = texts.ngettext("%(figure)s vote", "%(figure)s votes", placed["votes"])
    return words % {"figure": number(score, language)}


def number(value: int | str | Fraction, language: str) -> str:
    """A number with two decimals at the most."""
    from babel.numbers import format_decimal  # noqa: PLC0415 - see above

    return format_decimal(round(float(Fraction(value)), 2), format="#,##0.##", locale=language)


def _enough(texts: Translations, enough: Mapping[str, Any], currency: str | None, language: str) -> Iterator[str]:
    ballots, cost = enough.get("ballots"), enough.get("cost")
    words = {"ballots": number(ballots or 0, language), "cost": money(cost or 0, currency, language)}
    if ballots is not None:
        more = texts.ngettext(
            "%(ballots)s more ballot for it alone would have been enough.",
            "%(ballots)s more ballots for it alone would have been enough.",
            ballots,
        )
        yield more % words
    if cost is not None:
        yield (
            texts.gettext("So would a cost of %(cost)s.") % words
            if ballots is not None
            else (texts.gettext("A cost of %(cost)s would have been enough.") % words)
        )


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


def _funded(texts: Translations, placed: Mapping[str, Any]) -> str:
    if "left" in placed:
        return texts.gettext("Funded: rank %(rank)s with %(figure)s. It costs %(cost)s; %(left)s were left.")
    if "paid" in placed:
        return texts.gettext(
            "Funded: rank %(rank)s with %(figure)s. It costs %(cost)s; none of those who chose it paid more than %(paid)s."
        )
    return texts.gettext("Funded: rank %(rank)s with %(figure)s. It costs %(cost)s.")


def _too_costly(texts: Translations, placed: Mapping[str, Any]) -> str:
    if "left" in placed:
        return texts.gettext("Not funded: rank %(rank)s with %(figure)s. It costs %(cost)s; only %(left)s were left.")
    return texts.gettext("Not funded: rank %(rank)s with %(figure)s. It costs %(cost)s, more than was left.")


def _shares_spent(texts: Translations, _placed: Mapping[str, Any]) -> str:
    return texts.gettext(
        "Not funded: rank %(rank)s with %(figure)s. It costs %(cost)s; those who chose it had %(left)s left together."
    )


def _stopped(texts: Translations, _placed: Mapping[str, Any]) -> str:
    return texts.gettext(
        "Not funded: rank %(rank)s with %(figure)s. An idea before it did not fit, and there the rule ends."
    )


def _no_votes(texts: Translations, _placed: Mapping[str, Any]) -> str:
    return texts.gettext("Not funded: rank %(rank)s. Nobody voted for it.")


def _no_cost(texts: Translations, _placed: Mapping[str, Any]) -> str:
    return texts.gettext("Not funded: rank %(rank)s with %(figure)s. Nobody has said what it costs.")


def _no_budget(texts: Translations, _placed: Mapping[str, Any]) -> str:
    return texts.gettext("Rank %(rank)s with %(figure)s; support: %(support)s. This campaign gives no money.")


def _elected(texts: Translations, placed: Mapping[str, Any]) -> str:
    return texts.ngettext(
        "Elected in round %(stage)s, where it had %(score)s votes; %(votes)s ballot names it first.",
        "Elected in round %(stage)s, where it had %(score)s votes; %(votes)s ballots name it first.",
        placed["votes"],
    )


def _not_elected(texts: Translations, placed: Mapping[str, Any]) -> str:
    return texts.ngettext(
        "Not elected: it was in the count up to round %(stage)s, where it had %(score)s votes; %(votes)s ballot names it first.",
        "Not elected: it was in the count up to round %(stage)s, where it had %(score)s votes; %(votes)s ballots name it first.",
        placed["votes"],
    )


_WORDS: dict[Verdict, Callable[[Translations, Mapping[str, Any]], str]] = {
    Verdict.FUNDED: _funded,
    Verdict.TOO_COSTLY: _too_costly,
    Verdict.SHARES_SPENT: _shares_spent,
    Verdict.STOPPED: _stopped,
    Verdict.NO_VOTES: _no_votes,
    Verdict.NO_COST: _no_cost,
    Verdict.NO_BUDGET: _no_budget,
    Verdict.ELECTED: _elected,
    Verdict.NOT_ELECTED: _not_elected,
}
