"""Names in certificates: RFC 9525."""

import msgspec
import pytest

from proxycheck.wire.certificates.facts import certificate_facts
from proxycheck.wire.certificates.names import name_matches
from tests.support.chains import authority, leaf

_FACTS = certificate_facts(leaf(authority("Root"), "template.example").der)


def _matches(host: str, *dns: str, ip: tuple[str, ...] = ()) -> bool:
    return name_matches(msgspec.structs.replace(_FACTS, dns_names=dns, ip_addresses=ip), host)


@pytest.mark.parametrize(
    ("host", "pattern"),
    [
        ("www.example.com", "www.example.com"),
        ("WWW.Example.COM", "www.example.com"),
        ("www.example.com", "WWW.EXAMPLE.COM"),
        ("www.example.com.", "www.example.com"),
        ("a.example.com", "*.example.com"),
        ("r1---sn-4g5e6nsz.gvt1.com", "r1---sn-4g5e6nsz.gvt1.com"),
        ("r1---sn-4g5e6nsz.gvt1.com", "*.gvt1.com"),
        ("_dmarc.example.com", "_dmarc.example.com"),
        ("a_b.example.com", "*.example.com"),
        ("xn--bcher-kva.example.com", "*.example.com"),
        ("bücher.example.com", "xn--bcher-kva.example.com"),
        ("localhost", "localhost"),
    ],
)
def test_names_that_match(host: str, pattern: str) -> None:
    assert _matches(host, "other.example", pattern)


@pytest.mark.parametrize(
    ("host", "pattern"),
    [
        ("www.example.com", "example.com"),
        ("example.com", "*.example.com"),
        ("a.b.example.com", "*.example.com"),
        ("www.example.com", "w*.example.com"),
        ("www.example.com", "*w.example.com"),
        ("www.example.com", "www.*.com"),
        ("www.example.com", "*.*.com"),
        ("example.com", "*.com"),
        ("com", "*"),
        ("*.example.com", "*.example.com"),
        ("w*.example.com", "w*.example.com"),
        ("a.*.com", "*.*.com"),
        (".example.com", "*.example.com"),
        ("", ""),
        ("www.example.com", ""),
        ("www..example.com", "*..example.com"),
        ("www.example.com.evil.test", "www.example.com"),
        ("www.example.com\x00.evil.test", "www.example.com"),
        ("ß" * 64 + ".example.com", "*.example.com"),
    ],
)
def test_names_that_do_not_match(host: str, pattern: str) -> None:
    assert not _matches(host, pattern)


@pytest.mark.parametrize("host", ["192.0.2.1", "2001:DB8::1", "[2001:db8::1]", "2001:db8:0:0::1"])
def test_addresses_match_addresses(host: str) -> None:
    assert _matches(host, ip=("192.0.2.1", "2001:db8::1"))


def test_an_address_never_matches_a_name() -> None:
    assert not _matches("192.0.2.1", "192.0.2.1", "*.0.2.1")
    assert not _matches("192.0.2.1", ip=("192.0.2.2",))


def test_the_common_name_is_not_looked_at() -> None:
    assert not _matches("template.example")
    assert "CN=template.example" in _FACTS.subject
