"""The grammar of a script's answer, the questions, and what a device can make of the answers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxycheck.routes.pac.answers import PacAnswer, Route, question
from proxycheck.routes.pac.routes import by_use, parse_route, parse_routes

DIRECT = Route("direct")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("DIRECT", (DIRECT,)),
        ("", (DIRECT,)),
        (" ;; ", (DIRECT,)),
        ("PROXY proxy:8080", (Route("http", "proxy", 8080),)),
        ("proxy\tProxy.Example.:8080 ; direct;", (Route("http", "proxy.example", 8080), DIRECT)),
        ("HTTP proxy:3128", (Route("http", "proxy", 3128),)),
        ("HTTPS proxy", (Route("https", "proxy", 443),)),
        ("PROXY proxy", (Route("http", "proxy", 80),)),
        ("QUIC proxy", (Route("quic", "proxy", 443),)),
        (
            "SOCKS s; Socks4 s:1; SOCKS5 s:2",
            (Route("socks", "s", 1080), Route("socks4", "s", 1), Route("socks5", "s", 2)),
        ),
        ("PROXY [2001:db8::1]:8080", (Route("http", "2001:db8::1", 8080),)),
        ("PROXY a:1\nPROXY b:2", (Route("http", "a", 1), Route("http", "b", 2))),
        ("PROXY http://proxy:8080", (Route("unrecognised", text="PROXY http://proxy:8080"),)),
        ("PROXY a:1, PROXY b:2", (Route("unrecognised", text="PROXY a:1, PROXY b:2"),)),
        ("PROXY a:99999", (Route("unrecognised", text="PROXY a:99999"),)),
        ("PROXY a:0", (Route("unrecognised", text="PROXY a:0"),)),
        ("PROXY", (Route("unrecognised", text="PROXY"),)),
        ("PROXY 2001:db8::1:8080", (Route("unrecognised", text="PROXY 2001:db8::1:8080"),)),
        ("GOPHER a:70; DIRECT", (Route("unrecognised", text="GOPHER a:70"), DIRECT)),
    ],
)
def test_grammar(text: str, expected: tuple[Route, ...]) -> None:
    assert parse_routes(text) == expected


@given(st.text())
def test_any_text_has_a_reading(text: str) -> None:
    assert parse_routes(text)


@given(
    st.sampled_from(["PROXY", "http", "Https", "SOCKS", "socks4", "SOCKS5", "QUIC"]),
    st.from_regex(r"[a-z0-9]([a-z0-9-]{0,20}[a-z0-9])?(\.[a-z0-9]{1,10}){0,2}\.[a-z]{2,9}", fullmatch=True),
    st.integers(1, 65535),
    st.text(" \t", max_size=3),
)
def test_a_well_formed_element_is_recognised(keyword: str, host: str, port: int, blanks: str) -> None:
    found = parse_route(f"{blanks}{keyword} {blanks}{host}:{port}{blanks}")
    assert (found.host, found.port) == (host, port)
    assert found.kind != "unrecognised"


@pytest.mark.parametrize(
    ("scheme", "host", "port", "path", "url"),
    [
        ("https", "A.pb.com", 443, "/secret?x=1", "https://a.pb.com/"),
        ("https", "a.pb.com", 8443, "/", "https://a.pb.com:8443/"),
        ("http", "a.pb.com", 80, "/ping?x=1", "http://a.pb.com/ping?x=1"),
        ("http", "a.pb.com", 443, "/", "http://a.pb.com:443/"),
        ("tcp", "a.pb.com.", 5938, "/", "https://a.pb.com:5938/"),
        ("https", "2001:db8::1", 443, "/", "https://[2001:db8::1]/"),
    ],
)
def test_questions_look_like_a_browsers(scheme: str, host: str, port: int, path: str, url: str) -> None:
    asked = question(scheme, host, port, path)
    assert asked.url == url
    assert asked.host == host.rstrip(".").lower()
    assert asked.port == port


def answer(host: str, text: str, error: str | None = None) -> PacAnswer:
    return PacAnswer(host, 443, f"https://{host}/", () if error else parse_routes(text), text, error)


def test_answers_are_sorted_by_what_the_device_can_do() -> None:
    answers = [
        answer("direct", "DIRECT"),
        answer("direct-first", "DIRECT; PROXY a:1"),
        answer("socks", "SOCKS5 s:1"),
        answer("tls", "HTTPS t:443; PROXY a:1"),
        answer("one", "PROXY b:1; PROXY a:1"),
        answer("two", "nonsense; PROXY a:1; DIRECT"),
        answer("junk", "nonsense"),
        answer("broken", "", error="FindProxyForURL failed"),
    ]
    found = by_use(answers)
    assert [it.host for it in found.direct] == ["direct", "direct-first"]
    assert [it.host for it in found.socks] == ["socks"]
    assert [it.host for it in found.tls] == ["tls"]
    assert [it.host for it in found.proxied] == ["one", "two"]
    assert [it.host for it in found.mixed] == ["two"]
    assert [it.host for it in found.failed] == ["junk", "broken"]
    assert found.shared == (Route("http", "a", 1),)
    assert dict(found.proxies) == {
        Route("http", "a", 1): ("direct-first:443", "tls:443", "one:443", "two:443"),
        Route("http", "b", 1): ("one:443",),
    }


@pytest.mark.parametrize(
    ("texts", "shared"),
    [
        (["PROXY a:1; PROXY b:1", "PROXY a:1; PROXY b:1"], ["a", "b"]),
        (["PROXY a:1; PROXY b:1", "PROXY b:1; PROXY a:1", "PROXY b:1; PROXY a:1"], ["b", "a"]),
        (["PROXY a:1", "PROXY b:1"], []),
        (["PROXY a:1", "PROXY a:2"], []),
        (["DIRECT", "PROXY a:1"], ["a"]),
        (["DIRECT"], []),
        ([], []),
    ],
)
def test_the_shared_proxy_is_the_one_to_enter(texts: list[str], shared: list[str]) -> None:
    found = by_use(answer(f"host{number}", text) for number, text in enumerate(texts))
    assert [route.host for route in found.shared] == shared
