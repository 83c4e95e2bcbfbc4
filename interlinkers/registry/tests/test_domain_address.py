"""Which addresses an instance may announce."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interlinker_registry.domain import BASE_URL_MAX, checked_base_url
from interlinker_shared.errors import InvalidError


@pytest.mark.parametrize(
    ("given_url", "kept"),
    [
        ("http://127.0.0.1:8002", "http://127.0.0.1:8002"),
        ("https://forum.example.org/", "https://forum.example.org"),
        ("https://example.org/i/forum/", "https://example.org/i/forum"),
        ("http://[::1]:8002", "http://[::1]:8002"),
        ("http://forum:8002", "http://forum:8002"),
        ("http://10.0.0.7", "http://10.0.0.7"),
    ],
)
def test_address_of_a_service_is_kept_without_trailing_slash(given_url: str, kept: str) -> None:
    assert checked_base_url(given_url) == kept


@pytest.mark.parametrize(
    "url",
    [
        "",
        "forum:8002",
        "/boards",
        "ftp://example.org",
        "javascript:alert(1)",
        "http://",
        "http://user@example.org",
        "http://user:secret@example.org",
        "http://example.org/?next=1",
        "http://example.org/#top",
        "http://example.org:99999",
        "http://[::1",
        "http://exa mple.org",
        "http://example.org\\@evil.example",
        "http://exämple.org",
        "http://example.org/" + "a" * BASE_URL_MAX,
    ],
)
def test_what_is_no_plain_web_address_is_refused_with_its_pointer(url: str) -> None:
    with pytest.raises(InvalidError) as caught:
        checked_base_url(url)
    assert [field.pointer for field in caught.value.fields] == ["/base_url"]


@pytest.mark.parametrize(
    "host",
    [
        "169.254.169.254",
        "169.254.0.1",
        "[fe80::1]",
        "[fd00:ec2::254]",
        "[::ffff:169.254.169.254]",
        "[64:ff9b::a9fe:a9fe]",
        "[2002:a9fe:a9fe::1]",
        "100.100.100.200",
        "0.0.0.0",
        "[::]",
        "224.0.0.1",
        "metadata.google.internal",
        "METADATA.google.internal.",
        "metadata",
        "2852039166",
        "0xa9fea9fe",
        "0xa9.0xfe.0xa9.0xfe",
        "0251.0376.0251.0376",
        "169.254.43518",
    ],
)
def test_address_that_leads_to_metadata_or_nowhere_is_refused(host: str) -> None:
    with pytest.raises(InvalidError, match="never one of a service"):
        checked_base_url(f"http://{host}/latest")


@given(st.text(max_size=60))
def test_any_text_is_either_kept_or_refused(text: str) -> None:
    try:
        kept = checked_base_url(text)
    except InvalidError:
        return
    assert kept.startswith(("http://", "https://"))
