"""Bypass lists in each program's dialect. A row names list, target and the token that matches, or None."""

import urllib.request
from ipaddress import IPv4Address, IPv4Network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxycheck.routes.bypass.bypass import BypassList, Dialect, Exclusion, exclusions, matches

DIALECTS: tuple[Dialect, ...] = (
    "curl",
    "go",
    "python-urllib",
    "python-requests",
    "chromium",
    "windows",
    "macos",
    "gnome",
    "kde",
)
EVERY = " ".join(DIALECTS)

# A list, a target, and the token by which these dialects, and no others, go direct.
COMPARED = [
    ("pb.com", "login.pb.com", 443, "pb.com", "curl go python-urllib python-requests gnome kde"),
    ("pb.com", "pb.com", 443, "pb.com", EVERY),
    ("PB.com", "Login.pb.COM.", 443, "PB.com", "curl go python-urllib python-requests gnome kde"),
    (".pb.com", "login.pb.com", 443, ".pb.com", "curl go python-urllib python-requests chromium gnome kde"),
    (".pb.com", "pb.com", 443, ".pb.com", "curl python-urllib python-requests gnome"),
    ("*.pb.com", "login.pb.com", 443, "*.pb.com", "go chromium windows macos gnome"),
    ("*.pb.com", "pb.com", 443, "*.pb.com", "gnome"),
    ("*pb.com", "notpb.com", 443, "*pb.com", "chromium windows macos"),
    ("pb.com", "notpb.com", 443, "pb.com", "kde"),
    ("*", "login.pb.com", 443, "*", "curl go python-urllib python-requests chromium windows macos"),
    ("a.example,*", "login.pb.com", 443, "*", "go chromium macos"),
    ("login.*", "login.pb.com", 443, "login.*", "chromium windows macos"),
    ("<local>", "intranet", 443, "<local>", "chromium windows macos kde"),
    ("<local>", "login.pb.com", 443, "", ""),
    ("10.0.0.0/8", "10.1.2.3", 443, "10.0.0.0/8", "curl go python-requests chromium macos gnome kde"),
    ("10.1.2.3/8", "10.9.9.9", 443, "10.1.2.3/8", "curl go python-requests chromium macos kde"),
    ("0.0.0.0/0", "10.9.9.9", 443, "0.0.0.0/0", "go chromium macos gnome kde"),
    ("10.1.2.3", "10.1.2.3", 443, "10.1.2.3", EVERY),
    ("10.1.2.3", "10.1.2.4", 443, "", ""),
    ("10.*", "10.1.2.3", 443, "10.*", "chromium windows macos"),
    ("10.1", "10.1.2.3", 443, "10.1", "macos kde"),
    ("169.254/16", "169.254.7.7", 443, "169.254/16", "macos kde"),
    ("10.0.0.0/8", "login.pb.com", 443, "", ""),
    ("2001:db8::/32", "2001:db8::7", 443, "2001:db8::/32", "curl go chromium gnome kde"),
    ("::1", "[::1]", 443, "::1", EVERY),
    ("pb.com:8443", "login.pb.com", 8443, "pb.com:8443", "go python-urllib python-requests gnome kde"),
    ("pb.com:443", "pb.com", 443, "pb.com:443", "go chromium windows"),
    ("pb.com:443", "pb.com", 8443, "", ""),
    ("", "login.pb.com", 443, "", ""),
    (" , ,", "login.pb.com", 443, "", ""),
    ("com", "login.pb.com", 443, "com", "curl go python-urllib python-requests gnome kde"),
]


@pytest.mark.parametrize(("text", "host", "port", "token", "dialects"), COMPARED)
def test_one_list_in_every_dialect(text: str, host: str, port: int, token: str, dialects: str) -> None:
    found = {dialect: matches(dialect, text, host, port) for dialect in DIALECTS}
    assert {dialect: it for dialect, it in found.items() if it is not None} == dict.fromkeys(dialects.split(), token)


@pytest.mark.parametrize(
    ("text", "host", "port", "token"),
    [
        ("a.example pb.com", "pb.com", 443, "pb.com"),
        ("a.example ,\t pb.com", "pb.com", 443, "pb.com"),
        ("a.example,,,pb.com.", "pb.com", 443, "pb.com."),
        ("..pb.com", "login.pb.com", 443, None),
        ("pb.com:443", "pb.com", 443, None),
        ("[::1]", "::1", 443, None),
        ("10.0.0.0/33", "10.0.0.1", 443, None),
        ("10.0.0.0/8x", "10.0.0.1", 443, None),
        ("2001:db8::/0", "2001:db8::", 443, "2001:db8::/0"),
    ],
)
def test_curl(text: str, host: str, port: int, token: str | None) -> None:
    assert matches("curl", text, host, port) == token


@pytest.mark.parametrize(
    ("text", "host", "port", "token"),
    [
        ("[2001:db8::1]:8443", "2001:db8::1", 8443, "[2001:db8::1]:8443"),
        ("[2001:db8::1]:8443", "2001:db8::1", 443, None),
        ("[::1]", "::1", 443, None),
        ("10.1.2.3:80", "10.1.2.3", 80, "10.1.2.3:80"),
        (":443", "pb.com", 443, None),
        ("*.pb.com:443", "login.pb.com", 443, "*.pb.com:443"),
        ("login.*", "login.pb.com", 443, None),
        ("1.2.3.4", "x.1.2.3.4", 443, None),
    ],
)
def test_go(text: str, host: str, port: int, token: str | None) -> None:
    assert matches("go", text, host, port) == token


@pytest.mark.parametrize(
    ("text", "host", "port", "token"),
    [
        ("10.0.0.0/0", "10.1.2.3", 443, None),
        ("10.0.0.0/33", "10.1.2.3", 443, None),
        ("1.2.3", "0.1.2.3", 443, "1.2.3"),  # the rest is asked of urllib, for which an address is text
        (" pb . com ", "login.pb.com", 443, "pb.com"),
    ],
)
def test_python_requests(text: str, host: str, port: int, token: str | None) -> None:
    assert matches("python-requests", text, host, port) == token


@pytest.mark.parametrize(
    ("dialect", "text", "host", "port", "scheme", "token"),
    [
        ("windows", "a.example; *.pb.com", "login.pb.com", 443, "https", "*.pb.com"),
        ("windows", "a.example,*.pb.com", "login.pb.com", 443, "https", None),
        ("windows", "https://*.pb.com", "login.pb.com", 443, "https", "https://*.pb.com"),
        ("windows", "http://*.pb.com", "login.pb.com", 443, "https", None),
        ("windows", "*.pb.com:8443", "login.pb.com", 8443, "https", "*.pb.com:8443"),
        ("windows", ".pb.com", "login.pb.com", 443, "https", None),
        ("windows", "10.0.0.0/8", "10.1.2.3", 443, "https", None),
        ("windows", "[::1]:443", "::1", 443, "https", "[::1]:443"),
        ("windows", "<LOCAL>", "printer", 80, "http", "<LOCAL>"),
        ("windows", "<-loopback>", "login.pb.com", 443, "https", None),
        ("windows", "login.p?.com", "login.pb.com", 443, "https", "login.p?.com"),
        ("windows", "login+pb.com", "loginnpb.com", 443, "https", None),
        ("chromium", "a.example,*.pb.com;b.example", "login.pb.com", 443, "https", "*.pb.com"),
        ("chromium", "https://.pb.com:443", "login.pb.com", 443, "https", "https://.pb.com:443"),
        ("chromium", "[0:0:0::1]", "::1", 443, "https", "[0:0:0::1]"),
        ("chromium", "[fefe::]/40", "fefe::1", 443, "https", None),
        ("chromium", "http://10.0.0.0/8", "10.1.2.3", 80, "http", None),
        ("macos", "*.local, 10.300/16", "10.1.2.3", 443, "https", None),
        ("macos", "10.0.0.0/40", "10.1.2.3", 443, "https", None),
        ("gnome", "[::1]:8443", "::1", 8443, "https", "[::1]:8443"),
        ("gnome", "pb.com:443", "login.pb.com", 443, "https", None),
        ("gnome", "pb.com:80", "login.pb.com", 80, "tcp", "pb.com:80"),
        ("kde", "http://login.pb.com", "login.pb.com", 443, "https", "http://login.pb.com"),
        ("kde", "pb.com,mylogin.pb.com", "login.pb.com", 443, "https", None),  # the reading stops at the longer name
        ("kde", "mylogin.pb.com,pb.com", "login.pb.com", 443, "https", "pb.com"),
        ("kde", "a.example pb.com", "login.pb.com", 443, "https", "pb.com"),
        ("kde", "*.pb.com", "login.pb.com", 443, "https", None),
        ("kde", "10.0.0.0/255.0.0.0", "10.1.2.3", 443, "https", "10.0.0.0/255.0.0.0"),
    ],
)
def test_browsers_and_systems(
    dialect: Dialect, text: str, host: str, port: int, scheme: str, token: str | None
) -> None:
    assert matches(dialect, text, host, port, scheme) == token


def test_exclusions_name_program_and_token() -> None:
    bypass = BypassList(("curl", "go", "windows"), "corp.example,*.pb.com", "no_proxy")
    assert exclusions(bypass, "login.pb.com", 443) == (Exclusion("go", "*.pb.com", "no_proxy"),)
    assert exclusions(bypass, "login.example.org", 443) == ()


def test_a_reversed_list_excludes_what_is_not_in_it() -> None:
    bypass = BypassList(("kde",), "pb.com", "NoProxyFor", reversed=True)
    assert exclusions(bypass, "login.pb.com", 443) == ()
    assert exclusions(bypass, "example.org", 443) == (Exclusion("kde", "pb.com", "NoProxyFor"),)


names = st.from_regex(r"[ab]{1,2}(\.[ab]{1,2}){0,3}", fullmatch=True)
tokens = st.from_regex(r"[.*]{0,2}[abAB]{1,2}(\.[ab]{1,2}){0,2}(:8443|:443)?", fullmatch=True)
lists = st.lists(tokens, max_size=4).flatmap(lambda found: st.sampled_from([",".join(found), ", ".join(found), "*"]))


@given(text=lists, host=names, port=st.sampled_from([443, 8443]))
def test_urllib_agrees_with_urllib(text: str, host: str, port: int) -> None:
    shown = host if port == 443 else f"{host}:{port}"
    expected = urllib.request.proxy_bypass_environment(shown, {"no": text})  # type: ignore[attr-defined]
    assert (matches("python-urllib", text, host, port) is not None) == bool(expected)


@given(
    address=st.ip_addresses(v=4),
    base=st.ip_addresses(v=4),
    length=st.integers(1, 32),
    dialect=st.sampled_from(["curl", "go", "python-requests", "chromium", "macos", "kde", "gnome"]),
)
def test_a_network_holds_its_addresses(address: IPv4Address, base: IPv4Address, length: int, dialect: Dialect) -> None:
    network = IPv4Network((int(base), length), strict=False)
    expected = str(network) if address in network else None
    assert matches(dialect, str(network), str(address), 443) == expected


@given(dialect=st.sampled_from(DIALECTS), text=st.text("ab.*:/[]<>local,; 01%-", max_size=20), host=names)
def test_any_list_has_an_answer_and_a_match_is_a_token_of_it(dialect: Dialect, text: str, host: str) -> None:
    token = matches(dialect, text, host, 443)
    assert token is None or token in text.replace(" ", "") or token in text
