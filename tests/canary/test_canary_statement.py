"""Statements: what the canary signs is believed, whatever else is not; and it is found behind any content."""

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from proxycheck.canary.content import Comparer, Content
from proxycheck.canary.statement import LONGEST, MARK, SealedReader, Statement, key_from, key_text, seal, unseal

KEY = Ed25519PrivateKey.generate()
SAID = Statement(about="http", nonce="n", head="GET / HTTP/1.1\r\nX: --> <!--canary \xff\r\n\r\n")
NOTHING = Content("bytes", "", 0)


def read(data: bytes, piece: int) -> tuple[bytes, int]:
    """The statement in a stream, and the number of bytes before it."""
    before = Comparer(NOTHING)
    reader = SealedReader(before)
    for start in range(0, len(data), piece):
        reader.feed(data[start : start + piece])
    reader.end()
    return reader.sealed, before.size


def test_a_statement_comes_back() -> None:
    assert unseal(seal(SAID, KEY), KEY.public_key()) == SAID


def test_a_statement_ends_an_xml_document_as_a_comment() -> None:
    assert b"--" not in seal(SAID, KEY)[4:-3]


@pytest.mark.parametrize("at", [20, 100, 150, 200, -5])
def test_a_changed_statement_is_none(at: int) -> None:
    sealed = bytearray(seal(SAID, KEY))
    sealed[at] ^= 1
    assert unseal(bytes(sealed), KEY.public_key()) is None


def test_another_key_signs_nothing() -> None:
    assert unseal(seal(SAID, Ed25519PrivateKey.generate()), KEY.public_key()) is None


def test_the_key_comes_back_from_its_text() -> None:
    assert key_from(key_text(KEY.public_key())) == KEY.public_key()


@pytest.mark.parametrize("text", ["", "a", "a" * 42, "a" * 44, "!" * 43, "ä" * 43])
def test_what_is_no_key_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        key_from(text)


@pytest.mark.parametrize("piece", [1, 5, 1000])
@pytest.mark.parametrize("before", [b"", b"<message/>", MARK, MARK * 3 + b"<", b"<!--canary 00 {}-->", bytes(5000)])
def test_a_statement_is_found_behind_anything(before: bytes, piece: int) -> None:
    sealed, size = read(before + seal(SAID, KEY) + b"trailing", piece)
    assert unseal(sealed, KEY.public_key()) == SAID
    assert size == len(before)


@given(st.lists(st.sampled_from([b"<", MARK, b"<!--", b"x" * 40, b"{", b"-->", b"\n"]), max_size=30))
def test_bytes_without_a_statement_are_all_content(parts: list[bytes]) -> None:
    data = b"".join(parts)
    assert read(data, 7) == (b"", len(data))


def test_a_mark_without_an_end_holds_nothing_back_for_ever() -> None:
    data = MARK + b"0" * (LONGEST + 10)
    before = Comparer(NOTHING)
    SealedReader(before).feed(data)
    assert before.size > len(data) - len(MARK) - 10
