"""A bundle for archives and portals: tables with what describes them, as a Data Package, a DDI codebook and DCAT-AP, in one zip."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from interlinker_shared.tabular import csv_lines, looks_like_formula
from interlinker_survey.exchange import tables
from interlinker_survey.exchange.ddi import write_ddi
from interlinker_survey.exchange.tables import Words
from interlinker_survey.exchange.variables import Book, Cell, Kind, Repeat, Variable, say
from interlinker_survey.exchange.zipped import Part, zipped

MICRODATA: Final = (
    "Single responses, for those who run the survey. Who they are from is not told, but what people say may tell who they are: "
    "this is no open data. Publish tables in which small numbers are withheld instead."
)
RIGHTS: Final = "http://publications.europa.eu/resource/authority/access-right/"
CONTEXT: Final = {
    "dcat": "http://www.w3.org/ns/dcat#",
    "dct": "http://purl.org/dc/terms/",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
    "spdx": "http://spdx.org/rdf/terms#",
}
TYPES: Final = {
    Kind.NUMBER: "number",
    Kind.FLAG: "integer",
    Kind.RANK: "integer",
    Kind.BOOLEAN: "boolean",
    Kind.DATE: "date",
    Kind.ENTRIES: "array",
    Kind.ANY: "any",
}
ABOUT: Final[Mapping[str, str]] = {"submitted_at": "datetime", "version": "integer"}


@dataclass(frozen=True)
class Study:
    """What the tables are of. `address` is where the survey is; `public` whether what is in the bundle may be published."""

    id: str
    title: str
    description: str
    language: str
    address: str
    dated: datetime
    began: datetime | None
    ended: datetime | None
    public: bool


@dataclass(frozen=True)
class Table:
    """A table of the bundle: its fields as Table Schema has them, and its rows, of which the first is the heading."""

    name: str
    title: str
    fields: Sequence[Mapping[str, Any]]
    rows: Callable[[], Iterator[Sequence[Cell]]]
    keys: Mapping[str, Any] = field(default_factory=dict)
    variables: Sequence[Variable] = ()

    @property
    def path(self) -> str:
        return f"data/{self.name}.csv"


def write_bundle(study: Study, written: Sequence[Table]) -> Iterator[bytes]:
    """The zip in pieces; each table is read once, while it is sent."""
    return zipped(_parts(study, written), now=study.dated)


def tables_of(book: Book, responses: Callable[[], Iterable[tables.Told]], language: str) -> list[Table]:
    """The responses as they are, and the entries of questions that have any number of them."""
    words = Words(language)
    about = [_about(name) for name in tables.about_columns(book)]
    fields = [*about, *(_field(one, words) for one in book.variables)]
    first = Table(
        "responses",
        "Responses",
        fields,
        lambda: tables.wide(book, responses(), words),
        {"primaryKey": about[0]["name"]},
        book.variables,
    )
    return [first, *(_entries(one, responses, words, str(about[0]["name"])) for one in book.repeats)]


def data_package(study: Study, written: Sequence[Table]) -> dict[str, Any]:
    """The descriptor: a Tabular Data Package (Frictionless, version 1)."""
    return {
        "profile": "tabular-data-package",
        "name": f"survey-{study.id}",
        "id": study.address,
        "title": study.title,
        "description": study.description,
        "homepage": study.address,
        "created": study.dated.isoformat(),
        "resources": [_resource(table) for table in written],
    }


def dcat(study: Study, written: Sequence[Table]) -> dict[str, Any]:
    """The same for data portals: a dataset by DCAT-AP, as JSON-LD."""
    right = "PUBLIC" if study.public else "NON_PUBLIC"
    return {
        "@context": CONTEXT,
        "@id": study.address,
        "@type": "dcat:Dataset",
        "dct:title": {"@value": study.title, "@language": study.language},
        "dct:description": {"@value": study.description, "@language": "en"},
        "dct:identifier": study.id,
        "dct:issued": {"@value": study.dated.isoformat(), "@type": "xsd:dateTime"},
        "dct:accessRights": {"@id": RIGHTS + right},
        "dcat:landingPage": {"@id": study.address},
        "dcat:distribution": [_distribution(study, table) for table in written],
    }


def _parts(study: Study, written: Sequence[Table]) -> Iterator[Part]:
    yield "README.txt", [f"{study.title}\n\n{study.description}\n".encode()]
    yield "datapackage.json", [_json(data_package(study, written))]
    yield "dcat.jsonld", [_json(dcat(study, written))]
    variables = [(table.path, one) for table in written for one in table.variables]
    yield "ddi.xml", write_ddi(study, [table.path for table in written], variables)
    for table in written:
        yield table.path, csv_lines(table.rows())


def _json(document: Mapping[str, Any]) -> bytes:
    return json.dumps(document, indent=2, ensure_ascii=False).encode() + b"\n"


def _resource(table: Table) -> dict[str, Any]:
    return {
        "profile": "tabular-data-resource",
        "name": table.name.lower(),
        "title": table.title,
        "path": table.path,
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "schema": {"fields": list(table.fields), "missingValues": [""], **table.keys},
    }


def _distribution(study: Study, table: Table) -> dict[str, Any]:
    return {
        "@type": "dcat:Distribution",
        "dct:title": table.title,
        "dcat:accessURL": {"@id": study.address},
        "dcat:mediaType": {"@id": "https://www.iana.org/assignments/media-types/text/csv"},
        "dct:format": {"@id": "http://publications.europa.eu/resource/authority/file-type/CSV"},
        "dcat:packageFormat": {"@id": "https://www.iana.org/assignments/media-types/application/zip"},
    }


def _entries(repeat: Repeat, responses: Callable[[], Iterable[tables.Told]], words: Words, key: str) -> Table:
    fields = [{"name": "response", "type": "string"}, {"name": "entry", "type": "integer"}]
    reference = {"fields": "response", "reference": {"resource": "responses", "fields": key}}
    return Table(
        f"entries-{repeat.name}".replace("@", "-"),
        say(repeat.title, words.language, repeat.name),
        [*fields, *(_field(one, words) for one in repeat.variables)],
        lambda: tables.entries(repeat, responses(), words),
        {"primaryKey": ["response", "entry"], "foreignKeys": [reference]},
        repeat.variables,
    )


def _about(name: str) -> dict[str, Any]:
    return {"name": name, "type": ABOUT.get(name.removeprefix("_"), "string")}


def _field(variable: Variable, words: Words) -> dict[str, Any]:
    """A field of Table Schema; what is chosen from has its values as an enum, as they stand in the file."""
    described = {"name": variable.name, "title": words.of(variable)}
    if variable.kind in TYPES:
        return described | {"type": TYPES[variable.kind]}
    values = [code.value for code in variable.codes]
    whole = bool(values) and all(isinstance(value, int) and not isinstance(value, bool) for value in values)
    found = described | {"type": "integer" if whole else "string"}
    if not values:
        return found
    return found | {"constraints": {"enum": values if whole else [_written(str(value)) for value in values]}}


def _written(value: str) -> str:
    return f"'{value}" if looks_like_formula(value) else value
