"""`python -m interlinker_shared.pages.extract PACKAGE...` brings the packages' .po files up to date."""

from __future__ import annotations

import argparse
import sys

from interlinker_shared.pages.i18n import LANGUAGES, missing, update


def main(arguments: list[str] | None = None) -> int:
    """Update the catalogues and list what is left to translate; 1 when something is."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("packages", nargs="+", metavar="PACKAGE", help="import name, such as interlinker_shared.pages")
    parser.add_argument("--languages", nargs="+", default=LANGUAGES)
    options = parser.parse_args(arguments)
    left = [line for package in options.packages for line in _bring_up_to_date(package, options.languages)]
    sys.stdout.writelines(f"{line}\n" for line in left)
    return 1 if left else 0


def _bring_up_to_date(package: str, languages: list[str]) -> list[str]:
    update(package, languages)
    return [f"{package} {tag}: {text}" for tag, texts in missing(package, languages).items() for text in texts]


if __name__ == "__main__":
    sys.exit(main())
