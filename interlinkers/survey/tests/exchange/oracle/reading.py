"""Reads files with libraries that others wrote: runs in an environment of its own (`make oracle`), prints JSON.

`reading.py KIND FILE [SCHEMA]`; ends with 3 where the library is not there.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from datetime import date, datetime
from importlib import import_module
from typing import Any


def xlsx(file: str) -> Any:
    """Rows of each sheet, with the type of each cell and whether it is marked as quoted."""
    openpyxl = import_module("openpyxl")

    book = openpyxl.load_workbook(file)
    return {
        sheet.title: [
            [[cell.value, cell.data_type, bool(cell.quotePrefix)] for cell in row] for row in sheet.iter_rows()
        ]
        for sheet in book
    }


def sav(file: str) -> Any:
    """Columns with their values, labels and measures."""
    pyreadstat = import_module("pyreadstat")

    columns, meta = pyreadstat.read_sav(file, output_format="dict")
    return {
        "columns": columns,
        "titles": meta.column_names_to_labels,
        "labels": meta.variable_value_labels,
        "measures": meta.variable_measure,
        "encoding": meta.file_encoding,
        "title": meta.file_label,
        "cases": meta.number_rows,
    }


def package(file: str) -> Any:
    """What is wrong with a data package, its data included, and the rows of its tables."""
    frictionless = import_module("frictionless")
    frictionless.system.trusted = True
    found = frictionless.Package(file)
    report = found.validate()
    rows = {one.name: [row.to_dict() for row in one.read_rows()] for one in found.resources if one.tabular}
    return {"errors": report.flatten(["type", "note"]), "rows": rows, "metadata": found.to_descriptor()}


def ddi(file: str) -> Any:
    """The text of an XML document, read strictly."""
    xmlschema = import_module("xmlschema")

    return xmlschema.XMLResource(file).root.tag


READERS: dict[str, Callable[[str], Any]] = {"xlsx": xlsx, "sav": sav, "package": package, "ddi": ddi}


def _plain(value: object) -> str:
    return value.isoformat() if isinstance(value, date | datetime) else str(value)


if __name__ == "__main__":
    try:
        sys.stdout.write(json.dumps(READERS[sys.argv[1]](sys.argv[2]), default=_plain))
    except ModuleNotFoundError as missing:
        sys.stderr.write(str(missing))
        sys.exit(3)
