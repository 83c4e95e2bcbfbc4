"""Reads of a public page of 30 items: from the cache, not modified, and worked out anew."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import httpx

from tests.bench.blocks import LIMIT, Block
from tests.bench.load import Load, prepare, put_load_on, request
from tests.bench.processes import BenchError
from tests.bench.rounds import Sample, Variant, figures_of, interleave, unmeasured
from tests.bench.stage import WARM_UP_SECONDS, Running, Stage
from tests.results import Figure, at_least

CONNECTIONS = 16
SMALL = 1000  # bytes: a 304 with its headers is smaller, a page of 30 items is not
GOALS = {"cached": at_least(0.80), "not-modified": at_least(1.0), "uncached": at_least(0.12)}
HOW = {
    "cached": "anonymous GET, repeated",
    "not-modified": "anonymous GET with If-None-Match, 304 each; bare sends the whole page",
    "uncached": "GET with a member's token: only anonymous answers are cached",
}

Headers = Mapping[str, str]


@dataclass(frozen=True)
class Page:
    """One public page of a running block, and the path of the bare server's copy."""

    stage: Stage
    running: Running
    path: str
    answer: httpx.Response
    bare_path: str

    def get(self, headers: Headers) -> httpx.Response:
        """The page once."""
        return self.running.api.client.get(self.path, headers=dict(headers))

    def load(self, headers: Headers, *, seconds: int | None = None) -> Load:
        """The page over and over."""
        prepared = prepare(self.stage.folder / "page.requests", [request("GET", self.path, headers=headers)])
        seconds = seconds or self.stage.options.seconds
        return put_load_on(self.running.server, prepared, connections=CONNECTIONS, seconds=seconds)

    def bare(self) -> Load:
        """The bare server's copy over and over."""
        return self.stage.load_on_bare(self.bare_path, connections=CONNECTIONS)


def measure(stage: Stage, block: Block, storage: str) -> list[Figure]:
    """The figures of one block's page."""
    name = f"read.{storage}.{block.name}"
    with stage.serve(block, storage) as running:
        page = _page(stage, running)
        bare = page.bare  # one object, so that neighbours share what it finds
        variants, reasons = [], {}
        for kind, headers in _ways(page).items():
            try:
                variants.append(_variant(page, kind, f"{name} {kind}", headers, bare))
            except BenchError as error:
                reasons[kind] = str(error)
        samples = interleave(variants, stage.options.rounds, stage.say)
    return [figure for kind in GOALS for figure in _figures(name, kind, page, samples, reasons)]


def _page(stage: Stage, running: Running) -> Page:
    assert running.block.fill_page is not None
    path = running.block.fill_page(running.api)
    answer = running.api.client.get(path)
    if answer.status_code != httpx.codes.OK or len(answer.json()["items"]) != LIMIT:
        raise BenchError(f"GET {path} gave {answer.status_code} and not a page of {LIMIT} items")
    return Page(stage, running, path, answer, stage.imitate(answer))


def _ways(page: Page) -> dict[str, Headers]:
    member = page.running.api.headers("a-reader")
    cached = member if page.stage.options.sabotage == "no-cache" else {}
    return {
        "cached": cached,
        "not-modified": {"If-None-Match": page.answer.headers.get("etag", "")},
        "uncached": member,
    }


def _variant(page: Page, kind: str, title: str, headers: Headers, bare: Callable[[], Load]) -> Variant:
    if kind == "not-modified" and not headers["If-None-Match"]:
        raise BenchError("the page has no ETag")
    _check(kind, page.answer, page.get(headers))
    page.load(headers, seconds=WARM_UP_SECONDS)
    return Variant(title, lambda: _checked(kind, page.load(headers)), bare)


def _check(kind: str, page: httpx.Response, got: httpx.Response) -> None:
    if kind == "not-modified":
        if got.status_code != httpx.codes.NOT_MODIFIED:
            raise BenchError(f"If-None-Match with the page's ETag gave {got.status_code}, not 304")
    elif got.status_code != httpx.codes.OK or got.json() != page.json():
        raise BenchError("a member sees another page: the two cannot be compared")


def _checked(kind: str, load: Load) -> Load:
    """`load`, when its answers have the size that they should have: a 304 is no page, a page is no 304."""
    if (load.bytes_each < SMALL) is not (kind == "not-modified"):
        raise BenchError(f"answers of {load.bytes_each:.0f} bytes each are not what {kind} means")
    return load


def _figures(
    name: str, kind: str, page: Page, samples: Mapping[str, list[Sample]], reasons: Mapping[str, str]
) -> list[Figure]:
    if kind in reasons:
        return [unmeasured(f"{name}.{kind}.ratio", "of bare", GOALS[kind], reasons[kind])]
    how = f"{HOW[kind]}; {LIMIT} items, {len(page.answer.content)} bytes, {CONNECTIONS} connections"
    return figures_of(f"{name}.{kind}", samples[f"{name} {kind}"], how, ratio=GOALS[kind])
