"""`--tier`, `--only` and `--add` choose the endpoints of a run."""

import pytest

from proxycheck.errors import UsageError
from proxycheck.model.device import Endpoint, Tier
from proxycheck.runner.added import ADDED
from proxycheck.runner.selection import select


def _endpoint(host: str, port: int, tier: Tier) -> Endpoint:
    return Endpoint(host=host, port=port, scheme="https", tier=tier, function="F", speaks="tls")


ENDPOINTS = (
    _endpoint("www.pb.com", 443, "required"),
    _endpoint("www.pb.com", 80, "required"),
    _endpoint("Ih3.example.net", 443, "recommended"),
    _endpoint("deep.sub.example.net", 443, "optional"),
    _endpoint("::1", 443, "optional"),
)


def ids(tier: str = "optional", only: tuple[str, ...] = (), add: tuple[str, ...] = ()) -> list[str]:
    return [endpoint.id for endpoint in select(ENDPOINTS, tier, only, add)]


@pytest.mark.parametrize(("tier", "count"), [("required", 2), ("recommended", 3), ("optional", 5)])
def test_a_tier_means_the_stronger_ones_as_well(tier: str, count: int) -> None:
    assert len(ids(tier)) == count


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("www.pb.com:443", ["www.pb.com:443"]),
        ("WWW.PB.COM:*", ["www.pb.com:443", "www.pb.com:80"]),
        ("*:80", ["www.pb.com:80"]),
        ("ih3.*:443", ["Ih3.example.net:443"]),
        ("*.example.net:443", ["Ih3.example.net:443", "deep.sub.example.net:443"]),
        ("[::1]:443", ["[::1]:443"]),
        ("w?w.pb.com:80", ["www.pb.com:80"]),
    ],
)
def test_patterns(pattern: str, expected: list[str]) -> None:
    assert ids(only=(pattern,)) == expected


def test_several_patterns_keep_the_order_of_the_catalogue() -> None:
    assert ids(only=("*.example.net:443", "*:80")) == [
        "www.pb.com:80",
        "Ih3.example.net:443",
        "deep.sub.example.net:443",
    ]


@pytest.mark.parametrize("pattern", ["www.pb.com", "443", ":443", "*", "www.pb.com:https", "a:\u0664", ""])
def test_what_is_no_pattern(pattern: str) -> None:
    with pytest.raises(UsageError, match=r"no HOST:PORT pattern"):
        ids(only=(pattern,))


def test_each_pattern_has_to_match_something() -> None:
    with pytest.raises(UsageError, match=r"--only ww.pb.com:443 matches no endpoint.*www\.pb\.com"):
        ids(only=("*:443", "ww.pb.com:443"))


def test_brackets_in_a_pattern_are_no_character_class() -> None:
    with pytest.raises(UsageError, match="matches no endpoint"):
        ids(only=("w[w]w.pb.com:443",))


def test_an_added_endpoint_is_tested_whatever_the_filter() -> None:
    assert ids("required", ("*:80",), ("new.example:443",)) == ["www.pb.com:80", "new.example:443"]


@pytest.mark.parametrize(
    ("text", "scheme", "speaks"),
    [("a.example:443", "https", "tls"), ("a.example:80", "http", "http"), ("a.example:5228", "tcp", "tls")],
)
def test_what_is_said_to_an_added_endpoint(text: str, scheme: str, speaks: str) -> None:
    added = select((), "optional", (), (text,))[0]
    assert (added.scheme, added.speaks, added.tier, added.function) == (scheme, speaks, "recommended", ADDED)


def test_what_the_catalogue_knows_is_added_as_the_catalogue_has_it() -> None:
    assert select(ENDPOINTS, "required", ("*:80",), ("Ih3.example.net:443",))[1] is ENDPOINTS[2]
    assert len(ids(add=("www.pb.com:80", "www.pb.com:80"))) == 5
