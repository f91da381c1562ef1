"""Recorded settings of each system, and what they mean."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxycheck.model.target import ProxyAddress
from proxycheck.routes.bypass.bypass import BypassList
from proxycheck.routes.system.environment import parse_environment
from proxycheck.routes.system.gnome import parse_gnome
from proxycheck.routes.system.kde import parse_kde
from proxycheck.routes.system.macos import parse_network_services, parse_networksetup, parse_scutil
from proxycheck.routes.system.proxy_text import has_port, parse_proxy, without_credentials
from proxycheck.routes.system.settings import SystemSettings, distinct_proxies
from proxycheck.routes.system.windows import (
    ConnectionSettings,
    decode_connection_settings,
    parse_internet_settings,
    parse_winhttp,
    parse_winhttp_value,
)
from tests.routes.recordings import networksetup_answers, registry_export, text

PROXY = ProxyAddress("http", "proxy.corp.example", 8080)


def proxies(settings: SystemSettings) -> list[str]:
    return [f"{proxy.traffic} {proxy.address.url}" for proxy in settings.proxies]


def tokens(settings: SystemSettings, host: str) -> dict[str, str]:
    return {found.dialect: found.token for found in settings.exclusions(host, 443)}


@pytest.mark.parametrize(
    ("written", "scheme", "expected"),
    [
        ("proxy.corp.example:8080", "http", PROXY),
        ("http://proxy.corp.example:8080/", "http", PROXY),
        ("HTTP://Proxy.Corp.Example.:8080", "socks", PROXY),
        ("http://proxy.corp.example 8080", "http", PROXY),
        ("http://alice:s3cret@proxy:8080", "http", ProxyAddress("http", "proxy", 8080, "alice")),
        ("http://proxy", "http", ProxyAddress("http", "proxy", 80)),
        ("https://proxy", "http", ProxyAddress("https", "proxy", 443)),
        ("socks5h://proxy", "http", ProxyAddress("socks5", "proxy", 1080)),
        ("proxy", "socks4", ProxyAddress("socks4", "proxy", 1080)),
        ("[2001:db8::1]:3128", "http", ProxyAddress("http", "2001:db8::1", 3128)),
        ("", "http", None),
        ("http://", "http", None),
        ("proxy:0", "http", None),
        ("proxy:65536", "http", None),
        ("two words here", "http", None),
        ("http://proxy:8080/path", "http", None),
    ],
)  # fmt: skip
def test_proxies_as_people_write_them(written: str, scheme: str, expected: ProxyAddress | None) -> None:
    assert parse_proxy(written, scheme) == expected


def test_whether_a_port_is_written() -> None:
    assert has_port("http://user:secret@proxy:8080/")
    assert not has_port("http://user:80@proxy/")
    assert not has_port("")


def test_credentials_are_taken_out_of_addresses() -> None:
    assert without_credentials("http://user:pw@wpad/proxy.pac") == "http://wpad/proxy.pac"
    assert without_credentials("file:///home/a@b/proxy.pac") == "file:///home/a@b/proxy.pac"


# ---- environment ----


def test_environment() -> None:
    variables = {
        "http_proxy": "http://alice:s3cret@proxy.corp.example:8080",
        "HTTPS_PROXY": "proxy.corp.example:8080",
        "https_proxy": "proxy.corp.example:8080",
        "ALL_PROXY": "socks5h://socks.corp.example",
        "no_proxy": "localhost,.pb.com",
        "PATH": "/bin",
    }
    found = parse_environment(variables)
    assert [(proxy.traffic, proxy.address.url, proxy.setting) for proxy in found.proxies] == [
        ("http", "http://proxy.corp.example:8080", "http_proxy"),
        ("https", "http://proxy.corp.example:8080", "https_proxy and HTTPS_PROXY"),
        ("all", "socks5://socks.corp.example:1080", "ALL_PROXY"),
    ]
    assert found.proxies[0].address.username == "alice"
    assert "s3cret" not in repr(found)
    assert tokens(found, "login.pb.com") == dict.fromkeys(("curl", "python-urllib", "python-requests", "go"), ".pb.com")
    assert found.notes == ("ALL_PROXY names no port: curl takes 1080, most other programs the scheme's own",)


def test_environment_in_which_the_cases_differ() -> None:
    variables = {"http_proxy": "a:1", "HTTP_PROXY": "b:2", "no_proxy": "lower.example", "NO_PROXY": "upper.example"}
    found = parse_environment(variables)
    assert proxies(found) == ["http http://a:1", "http http://b:2"]
    assert tokens(found, "lower.example") == dict.fromkeys(
        ("curl", "python-urllib", "python-requests"), "lower.example"
    )
    assert tokens(found, "upper.example") == {"go": "upper.example"}
    assert len(found.notes) == 1


@pytest.mark.parametrize(
    "variables", [{}, {"http_proxy": ""}, {"no_proxy": "*"}, {"https_proxy": "  "}, {"Http_Proxy": "a:1"}]
)
def test_environment_without_a_proxy(variables: dict[str, str]) -> None:
    found = parse_environment(variables)
    assert not found.configured
    assert found.bypass == ()
    assert found.notes == ()


def test_environment_with_a_value_that_names_no_proxy() -> None:
    found = parse_environment({"https_proxy": "http://user:s3cret@"})
    assert not found.configured
    assert found.notes == ("https_proxy is set, but its value names no proxy",)


# ---- GNOME ----


def test_gnome_manual() -> None:
    found = parse_gnome(text("gnome/manual.txt"))
    assert proxies(found) == [
        "http http://proxy.corp.example:3128",
        "https http://secure.corp.example:8443",
        "socks socks://socks.corp.example:1080",
    ]
    assert [proxy.address.username for proxy in found.proxies] == ["o'brien", None, None]
    assert "s3cret" not in repr(found)
    assert tokens(found, "login.pb.com") == {"gnome": "pb.com"}
    assert tokens(found, "127.4.5.6") == {"gnome": "127.0.0.0/8"}
    assert tokens(found, "example.org") == {}


def test_gnome_manual_with_nothing_ignored() -> None:
    found = parse_gnome(text("gnome/manual-nothing-ignored.txt"))
    assert proxies(found) == ["http http://proxy.corp.example:3128"]
    assert found.proxies[0].address.username is None
    assert found.bypass == ()


def test_gnome_automatic() -> None:
    assert parse_gnome(text("gnome/pac.txt")).pac_url == "http://wpad.corp.example/proxy.pac"
    assert not parse_gnome(text("gnome/pac.txt")).auto_detect
    assert parse_gnome(text("gnome/wpad.txt")).auto_detect
    assert parse_gnome(text("gnome/wpad.txt")).pac_url is None
    assert parse_gnome(text("gnome/pac.txt")).proxies == ()


@pytest.mark.parametrize("output", [text("gnome/default.txt"), "", "No such schema “org.gnome.system.proxy”\n"])
def test_gnome_off(output: str) -> None:
    assert not parse_gnome(output).configured


@given(st.text())
def test_any_text_is_read_as_gnome(output: str) -> None:
    prefix = "org.gnome.system.proxy mode 'manual'\norg.gnome.system.proxy.http "
    assert parse_gnome(prefix + output).source == "gnome"


# ---- KDE ----


def test_kde_manual() -> None:
    found = parse_kde(text("kde/manual.kioslaverc"), {}, "~/.config/kioslaverc")
    assert proxies(found) == [
        "http http://proxy.corp.example:3128",
        "https http://proxy.corp.example:3128",
        "socks socks://socks.corp.example:1080",
    ]
    assert found.proxies[0].setting == "~/.config/kioslaverc httpProxy"
    assert tokens(found, "www.corp.example") == {"kde": ".corp.example"}
    assert tokens(found, "intranet.pb.com") == {"kde": "http://intranet.pb.com"}
    assert tokens(found, "printer") == {"kde": "<local>"}
    assert tokens(found, "10.1.2.3") == {"kde": "10.0.0.0/8"}
    assert tokens(found, "login.pb.com") == {}


def test_kde_reversed_list() -> None:
    found = parse_kde(text("kde/reversed.kioslaverc"), {})
    assert tokens(found, "login.pb.com") == {}
    assert tokens(found, "example.net") == {"kde": "pb.com,example.org"}


def test_kde_automatic() -> None:
    assert parse_kde(text("kde/pac.kioslaverc"), {}).pac_url == "file:///home/user/my proxy.pac"
    assert parse_kde(text("kde/wpad.kioslaverc"), {}).auto_detect


def test_kde_names_of_variables() -> None:
    variables = {"http_proxy": "http://proxy.corp.example:8080", "no_proxy": "pb.com"}
    found = parse_kde(text("kde/variables.kioslaverc"), variables)
    assert proxies(found) == ["http http://proxy.corp.example:8080"]
    assert tokens(found, "login.pb.com") == {"kde": "pb.com"}
    assert not parse_kde(text("kde/variables.kioslaverc"), {}).configured


def test_kde_flags_escapes_and_other_groups() -> None:
    content = (
        "ProxyType=2\n[$Version]\nupdate_info=x\n[Proxy Settings][$i]\nProxyType=1\n# httpProxy=http://comment 1\n"
        "httpProxy[$e]=http://proxy.corp.example\\s8080\nNoProxyFor=a\\\\b\n[Other]\nProxyType=3\n"
    )
    found = parse_kde(content, {})
    assert proxies(found) == ["http http://proxy.corp.example:8080"]
    assert found.bypass[0].text == "a\\b"


@pytest.mark.parametrize("content", [text("kde/none.kioslaverc"), "", "[Proxy Settings]\nProxyType=9\n"])
def test_kde_off(content: str) -> None:
    assert not parse_kde(content, {}).configured


def test_kde_proxy_cleared_by_an_old_version() -> None:
    assert not parse_kde("[Proxy Settings]\nProxyType=1\nhttpProxy=//:\n", {}).configured


# ---- macOS ----


def test_scutil_manual() -> None:
    found = parse_scutil(text("macos/scutil-manual.txt"))
    assert proxies(found) == ["http http://web.corp.example:8080", "https http://secure.corp.example:8443"]
    assert [proxy.address.username for proxy in found.proxies] == [None, "alice"]
    assert found.bypass == (
        BypassList(("macos", "chromium"), "<local>, *.local, 169.254/16, *.pb.com", "ExceptionsList"),
    )
    assert tokens(found, "login.pb.com") == {"macos": "*.pb.com", "chromium": "*.pb.com"}
    assert tokens(found, "a.scoped.example") == {}
    assert found.pac_url is None
    assert not found.auto_detect


def test_scutil_socks() -> None:
    found = parse_scutil(text("macos/scutil-socks.txt"))
    assert proxies(found) == ["socks socks5://[::1]:7891"]
    assert tokens(found, "192.168.7.7") == dict.fromkeys(("macos", "chromium"), "192.168.0.0/16")


def test_scutil_automatic() -> None:
    assert parse_scutil(text("macos/scutil-pac.txt")).pac_url == "http://wpad.corp.example/wpad.dat"
    assert parse_scutil(text("macos/scutil-pac.txt")).bypass == ()
    assert parse_scutil(text("macos/scutil-wpad.txt")).auto_detect
    assert not parse_scutil(text("macos/scutil-empty.txt")).configured


def test_networksetup() -> None:
    found = parse_networksetup("Wi-Fi", networksetup_answers("networksetup-wifi.txt"))
    assert proxies(found) == ["http http://web.corp.example:8080"]
    assert found.where == "network service Wi-Fi"
    assert found.pac_url is None
    assert not found.auto_detect
    assert tokens(found, "pb.com") == {"macos": "pb.com", "chromium": "pb.com"}


def test_networksetup_automatic() -> None:
    found = parse_networksetup("USB 10/100/1000 LAN", networksetup_answers("networksetup-lan.txt"))
    assert found.pac_url == "http://wpad.corp.example/proxy.pac"
    assert found.auto_detect
    assert found.proxies == ()
    assert found.bypass == ()
    assert not parse_networksetup("none", {}).configured


def test_network_services() -> None:
    assert parse_network_services(text("macos/networksetup-services.txt")) == ("Wi-Fi", "USB 10/100/1000 LAN")
    assert parse_network_services("") == ()


# ---- Windows ----


def test_registry_manual() -> None:
    found = parse_internet_settings(registry_export("manual.reg"), "HKCU")
    assert proxies(found) == ["all http://proxy.corp.example:8080"]
    assert found.proxies[0].setting == "HKCU\\ProxyServer"
    assert found.auto_detect
    assert found.pac_url is None
    assert found.notes == ()
    assert tokens(found, "login.pb.com") == {"windows": "*.pb.com", "chromium": "*.pb.com"}
    assert tokens(found, "printer") == {"windows": "<local>", "chromium": "<local>"}
    assert tokens(found, "192.168.1.9") == {"windows": "192.168.*", "chromium": "192.168.*"}


def test_registry_with_a_proxy_for_each_protocol() -> None:
    found = parse_internet_settings(registry_export("per-protocol.reg"), "HKCU")
    assert proxies(found) == [
        "http http://web.corp.example:8080",
        "https http://secure.corp.example:8443",
        "ftp http://web.corp.example:2121",
        "socks socks4://socks.corp.example:1080",
    ]
    assert not found.auto_detect
    assert tokens(found, "www.example.org") == {}
    assert {it.token for it in found.exclusions("www.example.org", 8443)} == {"https://*.example.org:8443"}


def test_registry_with_a_pac_file() -> None:
    found = parse_internet_settings(registry_export("pac.reg"), "HKCU")
    assert found.pac_url == "http://wpad.corp.example/proxy.pac"
    assert found.proxies == ()
    assert found.bypass == ()
    assert not found.auto_detect


def test_registry_of_a_new_system_detects_automatically() -> None:
    found = parse_internet_settings(registry_export("default.reg"), "HKCU")
    assert found.auto_detect
    assert found.proxies == ()
    assert found.notes == ()


def test_registry_that_disagrees_with_itself() -> None:
    values = registry_export("manual.reg") | {"ProxyEnable": 0}
    found = parse_internet_settings(values, "HKCU")
    assert found.proxies == ()
    assert found.notes == ("ProxyEnable and DefaultConnectionSettings disagree whether the proxy is on",)


@pytest.mark.parametrize(
    "values",
    [{}, {"ProxyEnable": 1}, {"ProxyEnable": "1", "ProxyServer": "a:1"}, {"ProxyServer": "a:1"}, {"AutoConfigURL": ""}],
)
def test_registry_off(values: dict[str, object]) -> None:
    assert not parse_internet_settings(values, "HKCU").configured


def test_binary_settings() -> None:
    blob = registry_export("manual.reg")["DefaultConnectionSettings"]
    assert isinstance(blob, bytes)
    assert decode_connection_settings(blob) == ConnectionSettings(11, "127.0.0.1:80", "<local>", "")
    assert decode_connection_settings(blob[:11]) is None
    assert decode_connection_settings(blob[:20]) == ConnectionSettings(11, "127.", "", "")


def packed(flags: int, *texts: str) -> bytes:
    return struct.pack("<III", 0x46, 1, flags) + b"".join(
        struct.pack("<I", len(value)) + value.encode("latin-1") for value in texts
    )


@given(flags=st.integers(0, 15), texts=st.lists(st.text("ab.:/;<>*", max_size=9), min_size=3, max_size=3))
def test_binary_settings_round_trip(flags: int, texts: list[str]) -> None:
    found = decode_connection_settings(packed(flags, *texts) + b"\0" * 32)
    assert found == ConnectionSettings(flags, *texts)


@given(st.binary(max_size=80))
def test_any_bytes_are_read_as_binary_settings(value: bytes) -> None:
    assert (decode_connection_settings(value) is None) == (len(value) < 12)


@pytest.mark.parametrize(
    ("name", "expected", "bypass"),
    [
        ("direct-en", [], None),
        ("direct-de", [], None),
        ("direct-zh", [], None),
        ("proxy-en", ["all http://proxy.corp.example:8080"], None),
        ("proxy-de", ["all http://proxy.corp.example:8080"], None),
        ("proxy-zh", ["all http://proxy.corp.example:8080"], None),
        ("bypass-fr", ["http http://proxy.corp.example:8080"], "<local>"),
        (
            "bypass-en",
            ["http http://web.corp.example:8080", "https http://secure.corp.example:8443"],
            "*.corp.example;*.pb.com;<local>",
        ),
    ],
)
def test_winhttp_in_any_language(name: str, expected: list[str], bypass: str | None) -> None:
    found = parse_winhttp(text(f"windows/winhttp-{name}.txt"))
    assert proxies(found) == expected
    assert [it.text for it in found.bypass] == ([bypass] if bypass else [])
    assert found.notes == ()


def test_winhttp_in_the_registry() -> None:
    found = parse_winhttp_value(packed(3, "proxy.corp.example:8080", "*.pb.com;<local>"), "HKLM")
    assert proxies(found) == ["all http://proxy.corp.example:8080"]
    assert tokens(found, "login.pb.com") == {"windows": "*.pb.com", "chromium": "*.pb.com"}
    assert not parse_winhttp_value(packed(1, "", ""), "HKLM").configured
    assert not parse_winhttp_value(b"", "HKLM").configured


def test_proxies_of_several_places() -> None:
    places = [
        parse_environment({"http_proxy": "proxy.corp.example:8080", "https_proxy": "proxy.corp.example:8080"}),
        parse_internet_settings(registry_export("manual.reg"), "HKCU"),
        parse_internet_settings(registry_export("per-protocol.reg"), "HKCU"),
    ]
    assert [proxy.address.host for proxy in distinct_proxies(places)] == [
        "proxy.corp.example",
        "web.corp.example",
        "secure.corp.example",
        "web.corp.example",
        "socks.corp.example",
    ]
