"""What the device's parser makes of a 407, row by row."""

import pytest

from proxycheck.wire.auth.device_dialect import BasicReading, device_reads_basic

FIELD = b"Proxy-Authenticate"

ROWS: list[tuple[list[bytes], str, tuple[str, ...], int | None]] = [
    ([b'Basic realm="x"'], "compatible", (), 0),
    ([b'  bAsIc   realm="x"  '], "compatible", (), 0),
    ([b'Basic \t realm="x"'], "compatible", (), 0),
    ([b'Basic realm=""'], "compatible", (), 0),
    ([b'Basic realm="x", charset="UTF-8"'], "compatible", (), 0),
    ([b'Basic realm="x" charset="UTF-8"'], "compatible", (), 0),
    ([b'Basic realm="a, b"'], "compatible", (), 0),
    ([b'Basic realm="a \\"b\\", c"'], "compatible", (), 0),
    ([b'Basic realm="the "x" proxy", charset="UTF-8"'], "compatible", (), 0),
    ([b'Basic realm="a\0b\xfc"'], "compatible", (), 0),
    ([b"Negotiate", b"NTLM", b'Basic realm="x"'], "compatible", (), 2),
    ([b'NTLM, Basic realm="y"', b'Basic realm="x"'], "compatible", (), 1),
    ([b'Basic realm="x",\r\n charset="UTF-8"'], "compatible", (), 0),
    ([b'Basic realm="x", NTLM'], "at-risk", ("several-schemes-on-line",), 0),
    ([b'Digest realm="x", Basic realm="y"'], "at-risk", ("several-schemes-on-line",), 0),
    ([b'Basic realm="x'], "at-risk", ("unterminated-realm",), 0),
    ([b'Basic REALM="x"'], "at-risk", ("realm-spelling",), 0),
    ([], "fatal", ("no-challenge",), None),
    ([b""], "fatal", ("no-challenge",), None),
    ([b"Negotiate", b"NTLM"], "fatal", ("basic-not-offered",), None),
    ([b"Basic"], "fatal", ("no-realm",), 0),
    ([b'Basic charset="UTF-8"'], "fatal", ("no-realm",), 0),
    ([b"Basic realm=x"], "fatal", ("unquoted-realm",), 0),
    ([b"Basic realm='x'"], "fatal", ("unquoted-realm",), 0),
    ([b"Basic realm="], "fatal", ("unquoted-realm",), 0),
    ([b'Basic charset="UTF-8", realm="x"'], "fatal", ("parameter-before-realm",), 0),
    ([b'Basic realm = "x"'], "fatal", ("space-around-equals",), 0),
    ([b'Basic, realm="x"'], "fatal", ("comma-after-scheme",), 0),
    ([b'Basic\trealm="x"'], "fatal", ("tab-after-scheme",), 0),
    ([b'Basic\r\n realm="x"'], "fatal", ("folded",), 0),
    ([b'NTLM, Basic realm="x"'], "fatal", ("several-schemes-on-line",), 0),
    ([b'NEGOTIATE,NTLM,BASIC realm="x"'], "fatal", ("several-schemes-on-line",), 0),
    ([b'Digest realm="x", nonce="n", Basic realm="y"'], "fatal", ("several-schemes-on-line",), 0),
    ([b', Basic realm="x"'], "fatal", ("unreadable",), 0),
]


@pytest.mark.parametrize(("lines", "verdict", "reasons", "line"), ROWS)
def test_reading(lines: list[bytes], verdict: str, reasons: tuple[str, ...], line: int | None) -> None:
    reading = device_reads_basic([(FIELD, value) for value in lines])
    assert (reading.verdict, reading.reasons, reading.line) == (verdict, reasons, line)


def test_a_space_before_the_colon_hides_the_field() -> None:
    reading = device_reads_basic([(FIELD + b" ", b'Basic realm="x"')])
    assert reading == BasicReading("fatal", ("space-before-colon",), 0)


def test_line_counts_all_fields() -> None:
    headers = [(b"Server", b"x"), (FIELD, b"NTLM"), (FIELD, b'Basic realm="x"')]
    assert device_reads_basic(headers).line == 2
