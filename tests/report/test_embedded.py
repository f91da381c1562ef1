"""The report inside a page: whatever it holds comes back byte by byte, from earlier pages too, and no few bytes become
many."""

import base64
import lzma
import re
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from proxycheck.errors import ConfigurationError
from proxycheck.model.report import Report
from proxycheck.report import packed
from proxycheck.report.embedded import ELEMENT_ID, embed, extract, sha256
from proxycheck.report.html.page import page
from proxycheck.report.json import ascii_json, encode
from proxycheck.report.packed import pack, unpack
from tests.report import factory
from tests.report.hostile import hostile
from tests.report.real_chains import with_real_chains

PEM = "-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n"
ODD = (
    PEM.format("MIIB"),
    PEM.format("MIIB\nMIIB"),
    PEM.format("MIIB="),
    PEM.format("A" * 65),
    PEM.format(base64.b64encode(bytes(48)).decode()),
    PEM.format(base64.b64encode(bytes(48)).decode() + "\nAA=="),
    PEM.format("not base64"),
)
TEXT = st.text(st.sampled_from('\x00\x08\t\n\r\x1f "\\u09af~\x7f\x80\xe9\xff\u0100\U0001f600')) | st.sampled_from(ODD)


def _older(data: bytes) -> bytes:
    """A page as versions before this form wrote it."""
    content = base64.b64encode(lzma.compress(data)).decode()
    kind = "application/vnd.proxycheck.report+xz"
    return f'<p></p><script id="{ELEMENT_ID}" type="{kind}" data-sha256="{sha256(data)}">{content}</script>'.encode()


def _page(content: bytes) -> bytes:
    digits = base64.b85encode(lzma.compress(content)).translate(bytes.maketrans(b"<>&", b".:,")).decode()
    kind = "application/vnd.proxycheck.report+xz-base85"
    return f'<script id="{ELEMENT_ID}" type="{kind}" data-sha256="{"0" * 64}">{digits}</script>'.encode()


@given(st.lists(TEXT))
@settings(max_examples=200, deadline=None)
def test_any_json_comes_back_byte_by_byte(texts: list[str]) -> None:
    data = ascii_json({"all": texts})
    assert unpack(pack(data)) == data


def test_certificates_and_bytes_take_less_and_certificates_stand_once() -> None:
    real = encode(with_real_chains(factory.inspected(), 1900))
    assert len(pack(real)) < 0.8 * len(real)
    twice = ascii_json([ODD[4], ODD[4], "\xe9"])
    assert pack(twice).startswith(b"48\n" + bytes(48))
    assert pack(twice).count(b"\t0\t") == 2
    assert b'"\xe9"' in pack(twice)


@pytest.mark.parametrize("make", [*factory.ALL, hostile])
def test_nothing_in_the_element_ends_it_and_pages_of_earlier_versions_are_read(make: Callable[[], Report]) -> None:
    report = make()
    content, digest = embed(report)
    assert not re.search(r"[<>&\s]", content)
    assert digest == sha256(encode(report))
    assert extract(page(report)) == encode(report)
    assert extract(_older(encode(report))) == encode(report)


def test_line_ends_that_a_mail_put_into_the_element_do_no_harm() -> None:
    content, _ = embed(factory.compatible())
    folded = "\r\n".join(content[at : at + 76] for at in range(0, len(content), 76))
    assert extract(page(factory.compatible()).replace(content.encode(), folded.encode())) == encode(
        factory.compatible()
    )


@pytest.mark.parametrize(
    "content",
    [b"", b"no lengths", b"-5\nabc", b"1 2\n", b'3\nabc{"a": "\t1\t"}', b"9" * 5000 + b"\n", b"1 " * 600_000 + b"\n"],
)
def test_what_is_no_packed_report_is_damaged(content: bytes) -> None:
    with pytest.raises(ConfigurationError, match=r"is damaged|was changed or cut"):
        extract(_page(content))


def test_few_bytes_do_not_become_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packed, "MAXIMUM_BYTES", 10_000)
    der = bytes(3000)
    for text in (b"\t0\t" * 3, b"\xff" * 2000):
        with pytest.raises(ConfigurationError, match="no report is that large"):
            extract(_page(b"%d\n" % len(der) + der + text))


def test_a_page_that_is_too_large_tells_what_is_alike_together() -> None:
    made = factory.inspected()
    endpoints = tuple(
        structs.replace(made.endpoints[0], id=f"h{n}.example:443", host=f"h{n}.example") for n in range(900)
    )
    written = page(structs.replace(made, endpoints=endpoints)).decode()
    details = written[written.index('<section id="details"') :].partition("</section>")[0]
    assert details.count("<details") == 1
    assert all(f"<li>{each.id}</li>" in details for each in endpoints)
    assert "900 hosts <span" in details
