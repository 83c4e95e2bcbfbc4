"""The program `interlinker-survey`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from interlinker_shared.cli.service import service_cli
from interlinker_shared.errors import InvalidError
from interlinker_survey.settings import SurveySettings

ENDINGS = {".xlsx": "xlsform", ".lss": "lss", ".json": "surveyjs"}


def program() -> typer.Typer:
    """The commands of every service, and `import`."""
    commands = service_cli("survey", "interlinker_survey.app:create_app", SurveySettings)
    commands.command("import")(import_file)
    return commands


def import_file(
    file: Annotated[Path, typer.Argument(help="XLSForm (.xlsx), LimeSurvey (.lss) or SurveyJS (.json).", exists=True)],
) -> None:
    """Print what a survey from elsewhere becomes here: the definition as JSON, and line by line what was changed or lost."""
    from interlinker_survey.exchange.foreign import Fate, Source, import_survey  # noqa: PLC0415 - only this command needs it

    if file.suffix.lower() not in ENDINGS:
        typer.echo(f"{file}: what ends in {', '.join(ENDINGS)} can be read", err=True)
        raise typer.Exit(2)
    try:
        found = import_survey(Source(ENDINGS[file.suffix.lower()]), file.read_bytes())
    except InvalidError as error:
        typer.echo(f"{file}: {error}", err=True)
        raise typer.Exit(1) from error
    typer.echo(json.dumps(found.definition, indent=2, ensure_ascii=False))
    for one in found.report.findings:
        if one.fate is not Fate.TAKEN:
            typer.echo(f"{one.fate}: {one.place}, {one.what}: {one.why}", err=True)
    typer.echo(", ".join(f"{count} {fate}" for fate, count in found.report.counts().items()), err=True)


def main() -> None:
    """Run it."""
    program()()
