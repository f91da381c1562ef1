"""What people type as a proxy address, and what they are told when it is none."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxycheck.errors import ConfigurationError, UsageError
from proxycheck.model.target import ProxyAddress, Target
from proxycheck.wire.address import parse_proxy, parse_target, parse_username, stored_proxy

SECRET = "s3cret"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("proxy.example:3128", ProxyAddress("http", "proxy.example", 3128)),
        (" proxy.example:3128\n", ProxyAddress("http", "proxy.example", 3128)),
        ("http://proxy.example:3128", ProxyAddress("http", "proxy.example", 3128)),
        ("http://proxy.example:3128/", ProxyAddress("http", "proxy.example", 3128)),
        ("HTTP://Proxy.Example:8080", ProxyAddress("http", "Proxy.Example", 8080)),
        ("10.0.0.1:1", ProxyAddress("http", "10.0.0.1", 1)),
        ("proxy:65535", ProxyAddress("http", "proxy", 65535)),
        ("proxy.example.:80", ProxyAddress("http", "proxy.example.", 80)),
        ("under_score:80", ProxyAddress("http", "under_score", 80)),
        ("http://alice@proxy:80", ProxyAddress("http", "proxy", 80, "alice")),
        ("alice@proxy:80", ProxyAddress("http", "proxy", 80, "alice")),
        ("http://ACME%5Calice@proxy:80", ProxyAddress("http", "proxy", 80, "ACME\\alice")),
        ("http://alice@corp.example@proxy:80", ProxyAddress("http", "proxy", 80, "alice@corp.example")),
        ("http://j%C3%BCrgen@proxy:80", ProxyAddress("http", "proxy", 80, "jürgen")),
        ("http://[::1]:3128", ProxyAddress("http", "::1", 3128)),
        ("[2001:DB8::1]:3128", ProxyAddress("http", "2001:db8::1", 3128)),
        ("http://[fe80::1%25eth0]:3128", ProxyAddress("http", "fe80::1%eth0", 3128)),
        ("socks5://proxy:1080", ProxyAddress("socks5", "proxy", 1080)),
        ("socks4://proxy:1080", ProxyAddress("socks4", "proxy", 1080)),
        ("https://proxy:3129", ProxyAddress("https", "proxy", 3129)),
        ("http://bücher.example:80", ProxyAddress("http", "xn--bcher-kva.example", 80)),
    ],
)
def test_addresses_that_are_understood(text: str, expected: ProxyAddress) -> None:
    assert parse_proxy(text) == expected


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is empty"),
        ("   ", "is empty"),
        ("proxy.example", "has no port"),
        ("http://proxy.example", "has no port"),
        ("http://proxy.example:", "has no port"),
        ("http://proxy.example/", "has no port"),
        ("3128", "has no port"),
        ("[::1]", "has no port"),
        (":3128", "no host name"),
        ("http://:3128", "no host name"),
        ("http://", "has no port"),
        ("proxy:99999", "between 1 and 65535"),
        ("proxy:0", "between 1 and 65535"),
        ("proxy:000080", "between 1 and 65535"),
        ("proxy:abc", "not a number"),
        ("proxy:-1", "not a number"),
        ("proxy:8\u0660", "not a number"),
        ("http://proxy:3128/path", "no path"),
        ("http://proxy:3128?x=1", "no path"),
        ("http://proxy:3128#x", "no path"),
        ("http:/proxy:3128", "no path"),
        ("htp://proxy:3128", "'htp' is not a kind of proxy"),
        ("ftp://proxy:3128", "'ftp' is not a kind of proxy"),
        ("://proxy:3128", "'' is not a kind of proxy"),
        ("proxy 1:3128", "no spaces"),
        ("PROXY proxy:3128", "no spaces"),
        ("proxy\x1b[2J:3128", "no spaces"),
        ("::1:3128", "brackets"),
        ("[::1:3128", "bracket"),
        ("[::1]3128", "bracket"),
        ("[::g]:3128", "not an IPv6 address"),
        ("[proxy]:3128", "not an IPv6 address"),
        ("10.0.0.256:3128", "not an IPv4 address"),
        ("10.0.1:3128", "not an IPv4 address"),
        ("pro..xy:3128", "not a host name"),
        ("-proxy:3128", "not a host name"),
        ("pro*xy:3128", "not a host name"),
        (f"{'a' * 64}:3128", "not a host name"),
        (f"{'a.' * 127}a:3128", "not a host name"),
        ("ü..example:3128", "cannot be written"),
        ("http://@proxy:3128", "user name is empty"),
        ("http://%FF@proxy:3128", "percent-encoded"),
        ("http://a%0Ab@proxy:3128", "control character"),
        ("http://a%3Ab@proxy:3128", "no colon"),
    ],
)
def test_what_is_no_address_is_refused_in_one_sentence(text: str, said: str) -> None:
    with pytest.raises(UsageError) as refusal:
        parse_proxy(text)
    assert said in str(refusal.value)
    assert str(refusal.value).isprintable()


@pytest.mark.parametrize(
    "text",
    [
        f"http://alice:{SECRET}@proxy:3128",
        f"http://alice:{SECRET}@proxy",
        f"http://alice:{SECRET}@proxy:3128/path",
        f"http://alice:{SECRET}/x@proxy:3128",
        f"http://alice:{SECRET}@x@proxy:3128",
        f"http://alice:{SECRET}://x@proxy:3128",
        f"htp://alice:{SECRET}@proxy:3128",
        f"alice:{SECRET}@proxy:3128",
        f"alice:{SECRET}",
        f"http://alice:{SECRET}",
        f"alice:{SECRET} x@proxy:3128",
        f"http://:{SECRET}@proxy:3128",
    ],
)
def test_a_password_in_the_address_is_refused_and_never_repeated(text: str) -> None:
    with pytest.raises(UsageError) as refusal:
        parse_proxy(text)
    assert SECRET not in str(refusal.value)


@given(st.text(max_size=60))
def test_any_text_is_an_address_or_a_sentence(text: str) -> None:
    try:
        address = parse_proxy(text)
    except UsageError as refusal:
        assert str(refusal)
    else:
        assert 1 <= address.port <= 65535
        assert address.host.isascii()


def test_targets() -> None:
    assert parse_target("r1---sn-8pgbpohxqp5-auol.gvt1.com:443") == Target("r1---sn-8pgbpohxqp5-auol.gvt1.com", 443)
    assert parse_target("[::1]:80") == Target("::1", 80)


@pytest.mark.parametrize("text", ["www.example.com", "https://www.example.com:443", "a@b:1", "a b:1", "*:80"])
def test_what_is_no_target_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match=r"HOST:PORT"):
        parse_target(text)


@pytest.mark.parametrize("text", ["", f"alice:{SECRET}", "a\x1bb", "a\udcffb"])
def test_what_is_no_user_name_is_refused_and_not_repeated(text: str) -> None:
    with pytest.raises(UsageError) as refusal:
        parse_username(text)
    assert SECRET not in str(refusal.value)


@pytest.mark.parametrize("url", ["http://proxy.example:8080", "https://10.0.0.1:3128", "socks5://[::1]:1080"])
def test_a_stored_proxy_is_read_as_it_was_written(url: str) -> None:
    assert stored_proxy(url).url == url


@pytest.mark.parametrize(
    "url", ["", "proxy.example:8080", "gopher://x:1", "http://x", "http://x:y", "http://:80", "http://a\nb:80"]
)
def test_a_damaged_stored_proxy_is_told_as_such(url: str) -> None:
    with pytest.raises(ConfigurationError, match="the report's proxy address"):
        stored_proxy(url)
