"""How a canary is written."""

import pytest

from proxycheck.canary.address import parse_canary, write_canary
from proxycheck.errors import UsageError
from proxycheck.model.canary import CanaryAddress

KEY = "Zx9eHJ9F08xKBivmON6405HVw3f4pBHYP5AZIKFyKa4"


@pytest.mark.parametrize(
    ("text", "host", "port", "plain"),
    [
        (f"canary.example#{KEY}", "canary.example", 443, 443),
        (f"canary.example:8443#{KEY}", "canary.example", 8443, 8443),
        (f" canary.example:443,80#{KEY} ", "canary.example", 443, 80),
        (f"192.0.2.1:443#{KEY}", "192.0.2.1", 443, 443),
        (f"[2001:db8::1]:443,80#{KEY}", "2001:db8::1", 443, 80),
        (f"[2001:db8::1]#{KEY}", "2001:db8::1", 443, 443),
    ],
)
def test_an_address_is_read(text: str, host: str, port: int, plain: int) -> None:
    assert parse_canary(text) == CanaryAddress(host, port, plain, KEY)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "canary.example:443",
        f"#{KEY}",
        f"canary.example:443#{KEY[:-1]}",
        f"canary.example:443#{KEY}=",
        f"https://canary.example#{KEY}",
        f"canary.example:443,#{KEY}",
        f"canary.example:443,80,81#{KEY}",
        f"canary.example:x#{KEY}",
        f"can\nary.example#{KEY}",
    ],
)
def test_what_is_no_address_is_refused_with_the_form_to_write(text: str) -> None:
    with pytest.raises(UsageError, match="write HOST:PORT"):
        parse_canary(text)


@pytest.mark.parametrize("text", [f"canary.example:443#{KEY}", f"[2001:db8::1]:8443,80#{KEY}"])
def test_writing_is_the_inverse_of_reading(text: str) -> None:
    assert write_canary(parse_canary(text)) == text
