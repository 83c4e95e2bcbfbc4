"""Tokens we sign ourselves are those that joserfc would sign."""

from __future__ import annotations

import subprocess
import sys

import pytest
from joserfc import jwt
from joserfc.errors import BadSignatureError
from joserfc.jwk import OctKey

from interlinker_shared.signing import sign
from interlinker_shared.testing import SECRET

CLAIMS: dict[str, object] = {"sub": "é~?>", "exp": 1_900_000_000, "service": True}


def test_joserfc_reads_what_we_sign() -> None:
    read = jwt.decode(sign(CLAIMS, SECRET), OctKey.import_key(SECRET), algorithms=["HS256"])
    assert read.header == {"alg": "HS256", "typ": "JWT"}
    assert read.claims == CLAIMS


def test_another_secret_did_not_sign_it() -> None:
    other = OctKey.import_key(SECRET[::-1] + "x")
    with pytest.raises(BadSignatureError):
        jwt.decode(sign(CLAIMS, SECRET), other, algorithms=["HS256"])


def test_a_short_secret_signs_nothing() -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        sign(CLAIMS, "short")


def test_signing_loads_no_cryptography() -> None:
    code = (
        "import sys; from interlinker_shared.auth import Role, mint_token;"
        f"mint_token({SECRET!r}, subject='a', role=Role.OWNER, audience='b'); sys.exit('joserfc' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
