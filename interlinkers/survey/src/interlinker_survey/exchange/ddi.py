"""DDI Codebook 2.5 (XML): what a study asked, variable by variable, in all its languages; how archives describe surveys."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Final, Protocol
from xml.sax.saxutils import escape, quoteattr

from interlinker_survey.exchange.variables import Code, Kind, Localised, Variable

NAMESPACE: Final = "ddi:codebook:2_5"
CONTINUOUS: Final = frozenset({Kind.NUMBER, Kind.DATE})
NUMERIC: Final = frozenset({Kind.NUMBER, Kind.FLAG, Kind.RANK, Kind.ORDINAL})


class Described(Protocol):
    """What of a study the codebook tells."""

    @property
    def id(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def description(self) -> str: ...
    @property
    def language(self) -> str: ...
    @property
    def address(self) -> str: ...
    @property
    def dated(self) -> datetime: ...
    @property
    def began(self) -> datetime | None: ...
    @property
    def ended(self) -> datetime | None: ...


def write_ddi(study: Described, files: Sequence[str], variables: Sequence[tuple[str, Variable]]) -> Iterator[bytes]:
    """The codebook in pieces; each variable names the file that it is in."""
    ids = {path: f"F{number}" for number, path in enumerate(files, start=1)}
    yield _head(study).encode()
    for path, file in ids.items():
        name = escape(path.rpartition("/")[2])
        yield (
            f'<fileDscr ID="{file}" URI={quoteattr(path)}><fileTxt><fileName>{name}</fileName>'
            '<fileType charset="UTF-8">text/csv</fileType></fileTxt></fileDscr>'
        ).encode()
    yield b"<dataDscr>"
    for number, (path, variable) in enumerate(variables, start=1):
        yield _variable(number, ids[path], variable, study.language).encode()
    yield b"</dataDscr></codeBook>\n"


def _head(study: Described) -> str:
    title = f"<titlStmt><titl>{escape(study.title)}</titl><IDNo>{escape(study.id)}</IDNo></titlStmt>"
    days = (("start", study.began), ("end", study.ended))
    dates = "".join(
        f'<collDate date="{moment.date().isoformat()}" event="{event}"/>'
        for event, moment in days
        if moment is not None
    )
    holdings = f"<holdings URI={quoteattr(study.address)}/>"
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<codeBook xmlns="{NAMESPACE}" version="2.5" xml:lang={quoteattr(study.language)}>'
        f'<docDscr><citation>{title}<prodStmt><prodDate date="{study.dated.date().isoformat()}"/></prodStmt></citation></docDscr>'
        f"<stdyDscr><citation>{title}{holdings}</citation><stdyInfo><abstract>{escape(study.description)}</abstract>"
        f"<sumDscr>{dates}<dataKind>survey</dataKind></sumDscr></stdyInfo></stdyDscr>"
    )


def _variable(number: int, file: str, variable: Variable, language: str) -> str:
    shape = "contin" if variable.kind in CONTINUOUS else "discrete"
    kind = "numeric" if variable.kind in NUMERIC else "character"
    part = _texts("labl", variable.part or variable.title, language, variable.name)
    question = _texts("qstnLit", variable.title, language, variable.question)
    categories = "".join(_category(code, language) for code in variable.codes)
    return (
        f'<var ID="V{number}" name={quoteattr(variable.name)} files="{file}" intrvl="{shape}">{part}'
        f'<qstn>{question}</qstn>{categories}<varFormat type="{kind}" schema="other"/></var>'
    )


def _category(code: Code, language: str) -> str:
    value = str(code.value).lower() if isinstance(code.value, bool) else str(code.value)
    return f"<catgry><catValu>{escape(value)}</catValu>{_texts('labl', code.label, language, value)}</catgry>"


def _texts(element: str, said: Localised, language: str, otherwise: str) -> str:
    """One element per language."""
    texts: Mapping[str, str] = said or {language: otherwise}
    tags = {language if tag == "default" else tag: text for tag, text in texts.items()}
    return "".join(f"<{element} xml:lang={quoteattr(tag)}>{escape(text)}</{element}>" for tag, text in tags.items())
