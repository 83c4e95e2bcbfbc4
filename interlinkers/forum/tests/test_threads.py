"""The order of answers, who is mentioned, and one spelling for every address of a page."""

import pytest

from interlinker_forum import threads
from interlinker_shared.ids import new_id


def test_answers_sort_under_what_they_answer_and_then_by_time() -> None:
    first, second, answer = new_id(), new_id(), new_id()
    paths = {first: threads.path_under("", -1, first), second: threads.path_under("", -1, second)}
    paths[answer] = threads.path_under(*paths[first], answer)
    assert sorted(paths, key=lambda one: paths[one][0]) == [first, answer, second]
    assert paths[answer][1] == 1


def test_below_the_deepest_level_all_stand_side_by_side() -> None:
    place = ("", -1)
    for _ in range(40):
        place = threads.path_under(*place, new_id())
    assert place[1] == threads.DEEPEST
    assert len(place[0]) == len(threads.step_of(new_id())) * (threads.DEEPEST + 1)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("ask @0123456789 and @0123456789", ["0123456789"]),
        ("mail ana@0123456789.example", []),
        ("@01234567890 is too long, @abc too short", []),
        ("(@abcdefabcd)", ["abcdefabcd"]),
    ],
)
def test_who_is_mentioned(text: str, names: list[str]) -> None:
    assert list(threads.mentioned(text)) == names


@pytest.mark.parametrize(
    "spelling",
    [
        "https://example.org/news/pool?a=1&b=2",
        "HTTPS://Example.ORG:443/news/pool/?b=2&a=1#comments",
        "https://example.org/news/%70ool?a=1&b=2&utm_source=letter&fbclid=x",
    ],
)
def test_an_address_has_one_spelling(spelling: str) -> None:
    assert threads.page_address(spelling) == ("https://example.org", "https://example.org/news/pool?a=1&b=2")


@pytest.mark.parametrize(
    "no_page", ["/relative", "javascript:alert(1)", "https://", "https://ana:x@example.org/", "http://[", "http://a:x/"]
)
def test_what_is_no_address_of_a_page_is_none(no_page: str) -> None:
    assert threads.page_address(no_page) is None


def test_another_port_is_another_site() -> None:
    assert threads.page_address("http://example.org:8080") == ("http://example.org:8080", "http://example.org:8080/")
