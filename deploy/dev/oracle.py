"""Fetch survey-core, with which tests compare the survey's expressions: the published package, by its hash, into var/oracle/."""

from __future__ import annotations

import hashlib
import io
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

PACKAGE = "survey-core@2.5.38"
SHA256 = "985e53ca7050955190becf13f5b8623355dc89391af19bb46b98f9e8bfb27808"
MEMBER = "package/survey.core.min.js"
TARGET = Path(__file__).resolve().parents[2] / "var/oracle/survey.core.min.js"


def main() -> None:
    """Do nothing where it is here already; end with a sentence where it cannot be had or is not what it should be."""
    if TARGET.is_file():
        return
    npm = shutil.which("npm")
    if npm is None:
        sys.exit("npm is needed to fetch survey-core (apt install npm)")
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(
            [npm, "pack", "--silent", "--ignore-scripts", PACKAGE], cwd=folder, check=True, stdout=sys.stderr
        )
        (packed,) = Path(folder).glob("*.tgz")
        content = packed.read_bytes()
    if hashlib.sha256(content).hexdigest() != SHA256:
        sys.exit(f"{PACKAGE} is not the package whose hash is known here")
    TARGET.parent.mkdir(parents=True, exist_ok=True)
    TARGET.write_bytes(unpacked(content))


def unpacked(content: bytes) -> bytes:
    """The one file of the package that is run."""
    with tarfile.open(fileobj=io.BytesIO(content)) as archive:
        member = archive.extractfile(MEMBER)
        if member is None:
            sys.exit(f"{PACKAGE} has no {MEMBER}")
        return member.read()


if __name__ == "__main__":
    main()
