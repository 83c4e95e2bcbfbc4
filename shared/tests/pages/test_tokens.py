"""The stylesheet: tokens are defined, used, legible in light and dark, and leave direction to the language."""

from __future__ import annotations

import re

import pytest

from interlinker_shared.pages import KIT_STATIC

CSS = (KIT_STATIC / "kit.css").read_text()
TEXT, GRAPHIC = 4.5, 3.0  # WCAG 2.2: 1.4.3 and 1.4.11

PAIRS = [
    *[
        (tone, ground, TEXT)
        for tone in ("text", "text-muted", "link", "link-visited")
        for ground in ("canvas", "surface")
    ],
    *[(tone, ground, TEXT) for tone in ("accent", "danger", "warning", "success") for ground in ("canvas", "surface")],
    *[(tone, f"{tone}-soft", TEXT) for tone in ("accent", "danger", "warning", "success")],
    *[("text", f"{tone}-soft", TEXT) for tone in ("accent", "danger", "warning", "success")],
    ("text-muted", "track", TEXT),
    ("on-accent", "accent", TEXT),
    ("on-accent", "accent-strong", TEXT),
    ("accent-strong", "accent-soft", TEXT),
    ("link", "accent-soft", TEXT),
    ("accent", "track", GRAPHIC),
    *[(tone, ground, GRAPHIC) for tone in ("border-control", "focus") for ground in ("canvas", "surface")],
    *[("focus", f"{tone}-soft", GRAPHIC) for tone in ("accent", "danger", "warning", "success")],
]


def colours(scheme: str) -> dict[str, str]:
    light, dark = (
        dict(re.findall(r"--il-color-([\w-]+): (#[0-9a-f]{6});", block))
        for block in re.split(r"@media screen and \(prefers-color-scheme: dark\)", CSS.split("/* Ground */")[0])
    )
    return light | (dark if scheme == "dark" else {})


def luminance(colour: str) -> float:
    """Relative luminance as WCAG 2.2 defines it."""
    channels = (int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5))
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def test_contrast_is_computed_as_defined() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.01)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("front", "ground", "least"), PAIRS)
def test_pair_has_enough_contrast(scheme: str, front: str, ground: str, least: float) -> None:
    palette = colours(scheme)
    assert contrast(palette[front], palette[ground]) >= least


def test_dark_scheme_redefines_every_colour() -> None:
    light, dark = colours("light"), colours("dark")
    assert light.keys() == dark.keys()
    assert [name for name in light if light[name] == dark[name]] == []


def test_tokens_in_use_are_exactly_those_defined() -> None:
    defined = set(re.findall(r"^\s*(--il-[\w-]+):", CSS, re.MULTILINE))
    assert set(re.findall(r"var\((--il-[\w-]+)\)", CSS)) == defined
    assert 35 <= len(defined) <= 50


def test_rules_take_colours_from_tokens_only() -> None:
    rules = CSS.split("/* Ground */")[1].split("@media print")[0]
    assert re.findall(r"#[0-9a-f]{3,8}\b|rgba?\(|hsla?\(", rules) == []


def test_sides_are_logical_and_nothing_is_fetched() -> None:
    assert (
        re.findall(r"\b(?:margin|padding|border)-(?:left|right|top|bottom)\b|\btext-align: (?:left|right)", CSS) == []
    )
    assert "url(" not in CSS
    assert "@import" not in CSS


@pytest.mark.parametrize("wish", ["forced-colors: active", "prefers-reduced-motion: reduce", "prefers-contrast: more"])
def test_wishes_of_people_are_heard(wish: str) -> None:
    assert f"@media ({wish})" in CSS
