"""What a result says of the versions of a survey: how many answered each, what changed, and what does not go on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from interlinker_survey.domain.responses import Response
from interlinker_survey.domain.tally import Tally
from interlinker_survey.domain.versions import Step, Version, merged


class History:
    """Counts per version, beside those of the version in force."""

    def __init__(self, versions: Sequence[Version], steps: Sequence[Step]) -> None:
        """`steps` lead from each version to the next."""
        self._versions = versions
        self._steps = steps
        self._responses: Counter[int] = Counter()
        self._apart = {version.number: Tally(version.definition) for version in versions[:-1]}
        self._left: dict[int, set[str]] = {version.number: set() for version in versions}

    def add(self, response: Response) -> None:
        """Count a response; an anonymous one fits all versions and is counted for none."""
        if response.version:
            self._responses[response.version] += 1

    def add_apart(self, response: Response) -> None:
        """Count the answers of a response that do not go on in the version in force."""
        number = response.version or 0
        self._apart[number].add(response.answers)
        self._left[number] |= response.answers.keys()

    def counts(self, counts: dict[str, Any]) -> dict[str, Any]:
        """`counts` of the version in force, with those who were not asked; where there are several versions, with those."""
        if len(self._versions) < 2:  # noqa: PLR2004 - several
            return counts
        asked = {name: self._asked(name, counted) for name, counted in counts["questions"].items()}
        return counts | {"questions": asked, "versions": [self._version(version) for version in self._versions]}

    def told(self, counts: dict[str, Any], *, closed: bool) -> dict[str, Any]:
        """`counts` with what changed from version to version, without a count of answers; how many answered each once `closed`."""
        if len(self._versions) < 2:  # noqa: PLR2004 - several
            return counts
        versions = [self._version(version) | {"apart": {}} for version in self._versions]
        return counts | {"versions": [one if closed else one | {"responses": None} for one in versions]}

    def _asked(self, name: str, counted: dict[str, Any]) -> dict[str, Any]:
        unasked = sum(self._responses[version.number] for version in self._versions if not self._reaches(version, name))
        skipped = counted["skipped"]
        return counted | {"skipped": None if skipped is None else skipped - unasked, "not_asked": unasked}

    def _reaches(self, version: Version, name: str) -> bool:
        """Whether an answer to some question of `version` is one to the question `name` in force."""
        every = dict.fromkeys(version.definition.questions, None)
        return name in merged(every, self._steps[version.number - 1 :])

    def _version(self, version: Version) -> dict[str, Any]:
        number = version.number
        changes = self._steps[number - 2].changes if number > 1 else []
        told = [{"question": one.question, "kind": str(one.kind), "former": one.former} for one in changes]
        return {"number": number, "hash": version.hash, "responses": self._responses[number], "changes": told} | {
            "apart": self._counts_apart(number)
        }

    def _counts_apart(self, number: int) -> dict[str, Any]:
        if number not in self._apart:
            return {}
        counted = self._apart[number].counts()["questions"]
        total = self._responses[number]
        return {
            name: counted[name] | {"skipped": total - counted[name]["responses"]} for name in sorted(self._left[number])
        }
