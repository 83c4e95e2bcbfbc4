"""What may be in a file that comes from outside: its size, that of what is packed in it, and no entities in its XML."""

from __future__ import annotations

import zipfile
from io import BytesIO
from typing import Final

from interlinker_survey.exchange.foreign.findings import UnreadableFileError

MOST_BYTES: Final = 5_000_000
MOST_UNPACKED: Final = 50_000_000
MOST_MEMBERS: Final = 500


def require_size(content: bytes) -> None:
    """Refuse an empty file and one that is too large."""
    if not content:
        raise UnreadableFileError("The file is empty.")
    if len(content) > MOST_BYTES:
        raise UnreadableFileError(f"The file is larger than {MOST_BYTES // 1_000_000} MB.")


def require_harmless_zip(content: bytes) -> None:
    """Refuse what is no zip archive, one that grows beyond measure, and XML in it that declares entities.

    What an archive says of a member's size is the most that is ever read of it.
    """
    try:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            members = archive.infolist()
            if len(members) > MOST_MEMBERS or sum(member.file_size for member in members) > MOST_UNPACKED:
                raise UnreadableFileError("What is packed in the file is too large.")
            for member in members:
                if member.filename.endswith((".xml", ".rels")):
                    require_no_entities(archive.read(member))
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError) as error:
        raise UnreadableFileError("This is no workbook that can be read.") from error


def require_no_entities(xml: bytes) -> None:
    """Refuse a document type: a survey needs none, and entities can grow without end or read other files."""
    if b"<!DOCTYPE" in xml or b"<!ENTITY" in xml or xml[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        raise UnreadableFileError("The XML declares a document type, or is not in UTF-8.")
