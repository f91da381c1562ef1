"""Distinguished names in string form, as certificates bring them and as people write them."""

import pytest
from cryptography import x509
from cryptography.x509.oid import NameOID

from proxycheck.wire.certificates.distinguished_name import attributes


def test_what_cryptography_writes_is_read_back() -> None:
    values = [
        (NameOID.COUNTRY_NAME, "SK"),
        (NameOID.ORGANIZATION_NAME, 'ESET, spol. s r. o. "x" + <y>; \\z='),
        (NameOID.COMMON_NAME, "#1 caf\u00e9 "),
        (NameOID.EMAIL_ADDRESS, "admin@example.com"),
    ]
    name = x509.Name([x509.NameAttribute(oid, value) for oid, value in values]).rfc4514_string()
    assert attributes(name) == {
        "c": ["SK"],
        "o": ['ESET, spol. s r. o. "x" + <y>; \\z='],
        "cn": ["#1 caf\u00e9"],
        "emailaddress": ["admin@example.com"],
    }


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("", {}),
        ("no equals sign", {}),
        ("CN=a, O=b", {"cn": ["a"], "o": ["b"]}),
        ("CN=a+OU=b,OU=c", {"cn": ["a"], "ou": ["b", "c"]}),
        ("E=a@b,email=c@d,emailAddress=e@f", {"emailaddress": ["a@b", "c@d", "e@f"]}),
        ("CN=caf\\C3\\A9", {"cn": ["caf\u00e9"]}),
        ("CN=\\FF", {"cn": ["\ufffd"]}),
        ("CN=a\\", {"cn": ["a"]}),
        ("CN=a=b", {"cn": ["a=b"]}),
    ],
)
def test_tolerance(name: str, expected: dict[str, list[str]]) -> None:
    assert attributes(name) == expected
