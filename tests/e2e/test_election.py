"""A real participatory-budgeting election through the front door, ballot by ballot."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.family import Family

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

DATA = Path(os.environ.get("INTERLINKERS_DATA", Path(__file__).resolve().parents[3] / "shared" / "data"))
WIELICZKA = DATA / "pabulib" / "poland_wieliczka_2023_green-budget.pb"


@pytest.mark.skipif(not WIELICZKA.exists(), reason=f"no real election at {WIELICZKA}; set INTERLINKERS_DATA")
def test_every_count_equals_the_official_one(family: Family) -> None:
    program = str(Path(sys.executable).parent / "interlinkers")
    command = [program, "play-election", str(WIELICZKA), "--url", family.url]
    secret = {"GATEWAY_SECRET": family.secret}
    played = subprocess.run(command, env=os.environ | secret, capture_output=True, text=True, check=False)
    assert played.returncode == 0, played.stdout[-2000:] + played.stderr[-2000:]
    assert "ballots accepted: 6586 of 6586" in played.stdout
    assert played.stdout.splitlines()[-2:] == ["counts equal: 64 of 64", "winners equal: 30 of 30"]
