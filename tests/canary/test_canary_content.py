"""Content that both ends know, and the first difference from it, however the bytes are cut."""

import xml.etree.ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxycheck.canary.content import Comparer, Content, ContentKind, common_prefix, compare
from proxycheck.model.canary import Arrival

KINDS: tuple[ContentKind, ...] = ("bytes", "values", "xml")


def whole(content: Content) -> bytes:
    """All of it."""
    return content.slice(0, content.size)


def arrived(content: Content, data: bytes, piece: int = 4096) -> Arrival:
    """What becomes of `data` where `content` was due."""
    comparer = Comparer(content)
    for start in range(0, len(data), piece):
        comparer.feed(data[start : start + piece])
    return comparer.arrival()


@pytest.mark.parametrize("kind", KINDS)
@given(size=st.integers(0, 200_000), start=st.integers(0, 200_000), length=st.integers(0, 70_000))
def test_a_slice_is_the_same_as_the_slice_of_all(kind: ContentKind, size: int, start: int, length: int) -> None:
    content = Content(kind, "seed", size, b"prefix"[: min(size, 6)])
    assert len(whole(content)) == size
    assert content.slice(start, start + length) == whole(content)[start : start + length]
    assert b"".join(content.pieces()) == whole(content)


def test_all_byte_values_occur() -> None:
    assert set(whole(Content("values", "", 256))) == set(range(256))


def test_other_seeds_give_other_bytes() -> None:
    assert whole(Content("bytes", "a", 64)) != whole(Content("bytes", "b", 64))


@pytest.mark.parametrize("size", [256, 1000, 4096, 65536])
def test_a_document_is_well_formed_xml_of_its_size(size: int) -> None:
    document = whole(Content("xml", "0" * 32 + "/down", size))
    assert len(document) == size
    assert xml.etree.ElementTree.fromstring(document).tag == "message"  # noqa: S314  our own text


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("piece", [1, 7, 4096])
def test_what_arrives_as_sent_has_no_difference(kind: ContentKind, piece: int) -> None:
    content = Content(kind, "seed", 3000, b"start")
    assert arrived(content, whole(content), piece).difference is None


@pytest.mark.parametrize("piece", [1, 13, 100_000])
@pytest.mark.parametrize(
    ("kind", "edit", "offset"),
    [
        ("truncated", lambda data: data[:1000], 1000),
        ("truncated", lambda data: data[:0], 0),
        ("removed", lambda data: data[:1000] + data[1010:], 1000),
        ("injected", lambda data: data[:1000] + b"<script>" + data[1000:], 1000),
        ("injected", lambda data: data + b"more", 3000),
        ("injected", lambda data: b"HTTP/1.1 200 OK\r\n\r\n" + data, 0),
        ("changed", lambda data: data[:1000] + bytes([data[1000] ^ 1]) + data[1001:], 1000),
    ],
)
@pytest.mark.slow
def test_the_first_difference_has_its_place_and_kind(kind: str, edit: object, offset: int, piece: int) -> None:
    content = Content("bytes", "seed", 3000)
    assert callable(edit)
    difference = arrived(content, edit(whole(content)), piece).difference
    assert difference is not None
    assert (difference.kind, difference.offset) == (kind, offset)
    assert len(difference.expected) <= 24 >= len(difference.arrived)


@given(st.binary(max_size=300), st.binary(max_size=300))
def test_the_common_prefix_is_common_and_the_longest(left: bytes, right: bytes) -> None:
    size = common_prefix(left, right)
    assert left[:size] == right[:size]
    assert left[size : size + 1] != right[size : size + 1] or size == min(len(left), len(right))


@given(st.binary(max_size=100), st.binary(max_size=100))
def test_two_texts_are_equal_or_differ(sent: bytes, found: bytes) -> None:
    assert compare("request_head", sent, found).equal == (sent == found)
