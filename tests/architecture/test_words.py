"""Words that do not belong somewhere: other people's domains, HTTP in services, commits, addresses in the lock."""

from __future__ import annotations

import re
from collections.abc import Callable

from tests.architecture.house import House, lines_with

Plant = Callable[[dict[str, str]], House]

FORUM = "interlinkers/forum/src/interlinker_forum"
DOMAIN = re.compile(  # as a word, in snake_case, CamelCase and CONSTANTS; not in "ideal" or "topical"
    r"((?<![a-z])(topic|survey|idea|ballot)|Topic|Survey|Idea|Ballot)s?(?![a-z])|(TOPIC|SURVEY|IDEA|BALLOT)S?(?![A-Z])"
)
BLOCKS = re.compile(r"forum|survey|ideation", re.IGNORECASE)
HTTP = re.compile(r"\bHTTPException\b")
COMMIT = re.compile(r"\.(commit|rollback)\(")
ADDRESS = re.compile(r"https?:|file:|@ |--(extra-)?index-url|--find-links|^\s*/", re.MULTILINE)


def found_in(house: House, folder: str, pattern: re.Pattern[str]) -> list[str]:
    """Lines of the source files (Python, templates, styles, scripts, data) below a distribution's src that hold the pattern."""
    kinds = {".py", ".html", ".css", ".js", ".json", ".yaml", ".yml"}
    files = [path for path in sorted((house.root / folder / "src").rglob("*")) if path.suffix in kinds]
    return [line for path in files for line in lines_with(pattern, path, house.root)]


def http_in_services(house: House) -> list[str]:
    """Services that name HTTPException instead of raising their own errors."""
    return [line for one in house.services for line in found_in(house, one.where, HTTP)]


def commits(house: House) -> list[str]:
    """Commits and rollbacks outside shared's database."""
    lines = [line for one in house.distributions for line in found_in(house, one.where, COMMIT)]
    return [line for line in lines if not line.startswith("shared/src/interlinker_shared/db/")]


def addresses(lock: str) -> list[str]:
    """Lines of a lock that say where to download, which only holds on the machine that made it."""
    return [line for line in lock.splitlines() if ADDRESS.search(line)]


def test_shared_holds_no_domain_word(house: House) -> None:
    assert found_in(house, "shared", DOMAIN) == []


def test_a_domain_word_in_shared_is_found(plant: Plant) -> None:
    path = "shared/src/interlinker_shared/assets.py"
    house = plant({path: "ideal = 'topical'\nclass TopicRow: ...\nopen_ballots = 1\nclosedTopics\nIDEA = 2\n"})
    assert found_in(house, "shared", DOMAIN) == [
        f"{path}:2: Topic",
        f"{path}:3: ballots",
        f"{path}:4: Topics",
        f"{path}:5: IDEA",
    ]


def test_the_gateway_names_no_block(house: House) -> None:
    assert found_in(house, "gateway", BLOCKS) == []


def test_a_block_named_in_the_gateway_is_found(plant: Plant) -> None:
    path = "gateway/src/interlinker_gateway/templates/process.html"
    assert found_in(plant({path: "<a href='/i/forum'>\n"}), "gateway", BLOCKS) == [f"{path}:1: forum"]


def test_services_raise_domain_errors(house: House) -> None:
    assert http_in_services(house) == []


def test_an_http_exception_in_a_service_is_found(plant: Plant) -> None:
    house = plant({f"{FORUM}/api/boards.py": "from fastapi import HTTPException\n"})
    assert http_in_services(house) == [f"{FORUM}/api/boards.py:1: HTTPException"]


def test_only_the_database_commits(house: House) -> None:
    assert commits(house) == []


def test_a_commit_elsewhere_is_found(plant: Plant) -> None:
    house = plant(
        {f"{FORUM}/store.py": "session.commit()\n", "shared/src/interlinker_shared/db/writer.py": "session.commit()\n"}
    )
    assert commits(house) == [f"{FORUM}/store.py:1: .commit("]


def test_the_lock_holds_no_address(house: House) -> None:
    assert addresses((house.root / "requirements.lock").read_text()) == []


def test_an_address_in_the_lock_is_found() -> None:
    lock = "a==1 \\\n    --hash=sha256:00\n    # via -r requirements.in\n--index-url https://pypi.example/simple\nb @ file:///b.whl\n"
    assert len(addresses(lock)) == 2
