"""From bytes to a script, or to the reason why there is none."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxycheck.routes.pac.answers import PacProblem, PacScript
from proxycheck.routes.pac.file import MAXIMUM_BYTES, read_pac
from tests.routes.recordings import DATA

SOURCE = "function FindProxyForURL(url, host) { return 'DIRECT'; } // für alle"


@pytest.mark.parametrize(
    ("data", "charset", "encoding"),
    [
        (SOURCE.encode(), None, "utf-8"),
        (b"\xef\xbb\xbf" + SOURCE.encode(), None, "utf-8"),
        (SOURCE.encode("utf-16"), None, "utf-16"),
        (b"\xfe\xff" + SOURCE.encode("utf-16-be"), None, "utf-16"),
        (SOURCE.encode("utf-32"), None, "utf-32"),
        (SOURCE.encode("utf-16-le"), None, "utf-16-le"),
        (SOURCE.encode("utf-16-be"), None, "utf-16-be"),
        (SOURCE.encode("iso-8859-1"), None, "iso-8859-1"),
        (SOURCE.encode("cp1252"), "windows-1252", "windows-1252"),
        (SOURCE.encode("iso-8859-1"), "utf-8", "iso-8859-1"),
        (SOURCE.encode(), "no-such-charset", "utf-8"),
        (SOURCE.encode(), "base64", "utf-8"),
        (SOURCE.encode(), "bad\0name", "utf-8"),
    ],
)
def test_encodings(data: bytes, charset: str | None, encoding: str) -> None:
    assert read_pac(data, charset) == PacScript(SOURCE, encoding)


@pytest.mark.parametrize(
    ("data", "kind", "reason"),
    [
        (b"", "empty", "it is empty"),
        (b"\xef\xbb\xbf \r\n\t", "empty", "it is empty"),
        (b"//" + b"x" * MAXIMUM_BYTES, "too-large", "it is larger than 5 MB"),
        (b"\x1f\x8b\x08\x00\x00\x00\x00\x00", "undecodable", "gzip"),
        (b"PK\x03\x04rest", "undecodable", "ZIP"),
        (b"\x7fELF\x02\x01\x01\0\0\0", "undecodable", "NUL"),
        (b"\xff\xfex\0y", "undecodable", "byte 4"),
        ((DATA / "pac/error_page.html").read_bytes(), "html", "it is a web page ('404 Not Found'), not a PAC file"),
        (b"<html><body>Sign in</body></html>", "html", "it is a web page, not a PAC file"),
        (b"\n<!-- portal -->\n<HTML><TITLE> Log\n in &amp; go </TITLE>", "html", "('Log in & go')"),
        (b"<script>function FindProxyForURL() {}</script>", "html", "web page"),
        (b"<?xml version='1.0'?><Error><Code>AccessDenied</Code></Error>", "html", "web page"),
    ],
)
def test_problems(data: bytes, kind: str, reason: str) -> None:
    found = read_pac(data)
    assert isinstance(found, PacProblem)
    assert found.kind == kind
    assert reason in found.reason


def test_a_comment_that_hides_the_script_is_no_page() -> None:
    assert isinstance(read_pac(b"<!-- hide\nfunction FindProxyForURL() {}\n//-->"), PacScript)


@given(st.binary(max_size=600), st.sampled_from([None, "utf-8", "utf-16", "iso-8859-1", "\x00", "shift_jis"]))
def test_any_bytes_have_an_answer(data: bytes, charset: str | None) -> None:
    found = read_pac(data, charset)
    assert isinstance(found, PacProblem) or "\0" not in found.source
