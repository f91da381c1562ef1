"""What was answered to TeamViewer's greeting."""

import pytest

from proxycheck.wire.teamviewer import GREETING, spoken


@pytest.mark.parametrize(
    ("data", "due"),
    [
        (b"", "nothing"),
        (GREETING, "other"),
        (GREETING + b"more", "other"),
        (GREETING[:2], "undecided"),
        (GREETING[:-1], "undecided"),
        (b"\x17\x24\x11\x04\x1d\x00\x00\x00", "teamviewer"),
        (b"\x11\x30", "teamviewer"),
        (b"\x11", "undecided"),
        (b"\x11\x24", "other"),
        (bytes(8), "other"),
        (b"421\r\n", "other"),
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
