import pytest

from interlinker_gateway.proxy.paths import Addressed, EscapingPathError, addressed


@pytest.mark.parametrize(
    ("raw", "rest"),
    [
        (b"/i/block/boards/1", "/boards/1"),
        (b"/i/block/", "/"),
        (b"/i/block", ""),
        (b"/i/block/a%20b/%C3%A9", "/a%20b/%C3%A9"),
        (b"/i/block/a...b/..c", "/a...b/..c"),
        (b"/i/block//a//", "//a//"),
        (b"/i/block/100%25", "/100%25"),
    ],
)
def test_the_rest_of_a_path_goes_on_as_it_came(raw: bytes, rest: str) -> None:
    assert addressed(raw) == Addressed("block", rest)


@pytest.mark.parametrize(
    "rest",
    [
        b"..",
        b"a/../b",
        b".",
        b"%2e%2e",
        b"%2E.",
        b".%2e/x",
        b"a%2fb",
        b"a%2Fb",
        b"%252e%252e",
        b"a%252fb",
        b"%25252fb",
        b"a\\b",
        b"a%5cb",
        b"a%00b",
        b"a%0d%0ab",
        b"..;x=1/a",
        b"%ff",
        b"%c0%ae%c0%ae",
        b"%2e%2e%2f%2e%2e",
    ],
)
def test_a_path_that_could_climb_out_is_refused(rest: bytes) -> None:
    with pytest.raises(EscapingPathError):
        addressed(b"/i/block/" + rest)


@pytest.mark.parametrize(
    "raw", [b"/", b"/i", b"/i/", b"/j/block/x", b"/i/../x", b"/i/UPPER/x", b"/i/a%2fb/x", b"/i//x"]
)
def test_anything_else_is_no_interlinkers_address(raw: bytes) -> None:
    assert addressed(raw) is None
