"""Fetch what tests compare with and npm has: published packages, by their hashes, the one file of each into var/oracle/."""

from __future__ import annotations

import hashlib
import io
import shutil
import subprocess
import sys
import tarfile
import tempfile
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[2] / "var/oracle"


@dataclass(frozen=True)
class Wanted:
    """One file of a published package, and what it is called here."""

    package: str
    sha256: str
    member: str
    name: str


WANTED = (
    # survey-core judges the survey's expressions.
    Wanted(
        "survey-core@2.5.38",
        "985e53ca7050955190becf13f5b8623355dc89391af19bb46b98f9e8bfb27808",
        "package/survey.core.min.js",
        "survey.core.min.js",
    ),
    # The examples of the CommonMark specification.
    Wanted(
        "commonmark-spec@0.31.2",
        "588280df96c211f7ce9db0b7943ded34ac4b8ba321e2fdf9c03d188ec0f01fea",
        "package/spec.txt",
        "commonmark-0.31.2.txt",
    ),
)


def main() -> None:
    """Do nothing for what is here already; end with a sentence where something cannot be had or is not what it should be."""
    for one in WANTED:
        if not (FOLDER / one.name).is_file():
            FOLDER.mkdir(parents=True, exist_ok=True)
            (FOLDER / one.name).write_bytes(fetched(one))


def fetched(wanted: Wanted) -> bytes:
    """The file, from a package that is what it should be."""
    npm = shutil.which("npm")
    if npm is None:
        sys.exit(f"npm is needed to fetch {wanted.package} (apt install npm)")
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(
            [npm, "pack", "--silent", "--ignore-scripts", wanted.package], cwd=folder, check=True, stdout=sys.stderr
        )
        (packed,) = Path(folder).glob("*.tgz")
        content = packed.read_bytes()
    if hashlib.sha256(content).hexdigest() != wanted.sha256:
        sys.exit(f"{wanted.package} is not the package whose hash is known here")
    return unpacked(content, wanted)


def unpacked(content: bytes, wanted: Wanted) -> bytes:
    """The one file of the package that is read."""
    with tarfile.open(fileobj=io.BytesIO(content)) as archive:
        member = archive.extractfile(wanted.member)
        if member is None:
            sys.exit(f"{wanted.package} has no {wanted.member}")
        return member.read()


if __name__ == "__main__":
    main()
