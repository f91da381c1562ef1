"""Which hosts belong together."""

import pytest

from proxycheck.wire.domains import domain_of, is_inside, owner_of


@pytest.mark.parametrize(
    ("host", "domain"),
    [
        ("a.b.Example.COM.", "example.com"),
        ("localhost", "localhost"),
        ("192.0.2.7", "192.0.2.7"),
        ("::1", "::1"),
        ("www.shop.example.co.uk", "example.co.uk"),
        ("www.example.kobe.jp", "www.example.kobe.jp"),
        ("kobe.jp", "kobe.jp"),
        ("a.b.gouv.fr", "b.gouv.fr"),
        ("d1.cloudfront.net", "cloudfront.net"),
        ("bucket.s3.amazonaws.com", "amazonaws.com"),
        ("printer.office.corp", "office.corp"),
        ("www.食狮.公司.cn", "食狮.公司.cn"),
        ("www.example.xn--fiqs8s", "example.xn--fiqs8s"),
        ("a..b", "a..b"),
        ("", ""),
    ],
)
def test_a_domain_is_what_somebody_can_register(host: str, domain: str) -> None:
    assert domain_of(host) == domain


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("distservp1.pb.com", "api.pitneybowes.com"),
        ("www.gstatic.com", "play.googleapis.com"),
        ("s3.amazonaws.com", "aws.amazon.com"),
        ("10.1.2.3", "intranet.corp"),
        ("printer", "wiki.internal"),
        ("fd00::1", "192.168.0.1"),
    ],
)
def test_hosts_of_one_owner(one: str, other: str) -> None:
    assert owner_of(one) == owner_of(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("distservp1.pb.com", "s3.amazonaws.com"),
        ("a.example", "b.test"),
        ("8.8.8.8", "1.1.1.1"),
        ("8.8.8.8", "10.0.0.1"),
        ("one.co.uk", "two.co.uk"),
        ("shop.info.pl", "bank.info.pl"),
    ],
)
def test_hosts_of_different_owners(one: str, other: str) -> None:
    assert owner_of(one) != owner_of(other)


@pytest.mark.parametrize(
    ("host", "inside"),
    [
        *((name, True) for name in ("10.1.1.1", "fd00::1", "gateway", "portal.company.local", "LOGIN.home.arpa.")),
        *((name, True) for name in ("a.lan", "a.b.corp", "a.invalid", "localhost", "a.test", "a.localdomain")),
        *((name, False) for name in ("8.8.8.8", "www.example.com", "local.example.com", "arpa.com", "home.example")),
    ],
)
def test_what_is_nobodys_on_the_internet(host: str, *, inside: bool) -> None:
    assert is_inside(host) is inside
