import pytest

from interlinker_gateway.definition.source import MAX_BYTES, read_json, read_yaml
from interlinker_shared.errors import InvalidError, MalformedError, TooLargeError


def test_yaml_keeps_on_and_dates_as_texts() -> None:
    assert read_yaml(b"on: {yes: 2026-01-01, n: 1, f: 1.5, t: true, z: ~}") == {
        "on": {"yes": "2026-01-01", "n": 1, "f": 1.5, "t": True, "z": None}
    }


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"a: 1\na: 2", "'a' stands here twice (line 2, column 1)"),
        (b"a: &x [1]\nb: *x", "aliases"),
        (b"[" * 40 + b"]" * 40, "nested deeper"),
        (b"1: a", "must be a text"),
        (b"? [a]\n: b", "must be a text"),
        (b"a: !!python/object/apply:os.system [ls]", "could not determine a constructor"),
        (b"a: [", "line 1"),
        (b"a: 1\n---\nb: 2", "single document"),
        (b"\xff\xfe", "not UTF-8"),
        (b"a: !!int xyz", "cannot be read"),
    ],
)
def test_yaml_that_surprises_or_harms_is_refused(body: bytes, words: str) -> None:
    with pytest.raises(MalformedError) as refused:
        read_yaml(body)
    assert words in refused.value.message


def test_aliases_that_would_multiply_are_refused_before_they_do() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 10)]
    with pytest.raises(MalformedError, match="aliases"):
        read_yaml("\n".join(lines).encode())


@pytest.mark.parametrize("body", [b'{"a":1,"a":2}', b"{", b"[NaN]", b"[" * 100_000, b"\xff"])
def test_json_that_surprises_or_harms_is_refused(body: bytes) -> None:
    with pytest.raises(MalformedError):
        read_json(body)


@pytest.mark.parametrize("read", [read_json, read_yaml])
def test_values_nobody_can_keep_are_refused(read: type) -> None:
    with pytest.raises(InvalidError):
        read(b'{"a": "nul \\u0000"}')
    with pytest.raises(InvalidError):
        read(b'{"a": 99999999999999999}')


def test_a_large_template_is_refused() -> None:
    with pytest.raises(TooLargeError):
        read_yaml(b"x" * (MAX_BYTES + 1))
