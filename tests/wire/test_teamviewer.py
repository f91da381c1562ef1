"""What was answered to TeamViewer's greeting."""

import pytest

from proxycheck.wire.teamviewer import GREETING, spoken


@pytest.mark.parametrize(
    ("data", "due"),
    [
        (b"", "nothing"),
        (GREETING, "other"),
        (b"\x17\x24", "other"),
        (b"\x11\x30", "other"),
        (b"?", "other"),
        (b"\x17", "undecided"),
        (b"H", "undecided"),
        (b"http", "undecided"),
        (b"HTTX", "other"),
        (b"HTTP/1.1 403 No", "http"),
        (b"<html>", "http"),
        (b"\r\n <!DOCTYPE html>", "http"),
        (b"It works", "text"),
        (b"Access denied.\r\n", "text"),
        (b"It works\x00", "other"),
        (b"\x15\x03\x01\x00\x02\x02\x28", "tls"),
        (b"\x16\x03", "tls"),
    ],
)
def test_what_is_spoken(data: bytes, due: str) -> None:
    assert spoken(data) == due
