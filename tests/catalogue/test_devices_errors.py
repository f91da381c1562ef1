"""A device file that does not fit is refused in one sentence: file, key, expectation."""

from pathlib import Path

import pytest

from proxycheck import resources
from proxycheck.catalogue import devices
from proxycheck.catalogue.devices import device_names, load_device, read_device
from proxycheck.errors import ConfigurationError, UsageError

GOOD = """\
name = "box"
title = "Box"
document = "Guide 1"
document_date = "2020-01-31"
operating_system = "Android 7.0"
functions = [{ name = "Mail", section = "Required" }]

[client_hello]
profile = "tls12"
confidence = "assumption"
source = "nobody"

[proxy]
auth_schemes = ["basic"]
socks = false
pac = false
exclusions = false
tls_to_proxy = false
plain_http = "tunnel"
plain_http_confidence = "guide"
trust_store_changeable = false
screen_fields = []
source = "Guide 1"

[proxy.connect]
host_port_443 = false
headers = [["User-Agent", "box"]]
confidence = "assumption"
source = "Guide 1"

[network]
bandwidth_required_kbit_s = 384
bandwidth_recommended_kbit_s = 1000
ports = [{ port = 443, transports = ["tcp"], purpose = "all" }]
dns_servers = [{ address = "8.8.8.8", tier = "required", function = "Mail" }]
time_servers = [{ host = "time.example.com", tier = "required", function = "Mail" }]
reserved_gateways = [{ first = "192.168.10.96", last = "192.168.10.111" }]

[[endpoints]]
host = "mail.example.com"
port = 443
scheme = "https"
speaks = "tls"
tier = "required"
function = "Mail"
urls = ["https://MAIL.example.com/in"]
any_of = "either"
wildcard = "*.example.com"
addresses = ["192.0.2.1"]

[[endpoints]]
host = "r1---sn.example.com"
port = 443
scheme = "https"
speaks = "tls"
tier = "required"
function = "Mail"
any_of = "either"

[[wildcards]]
pattern = "*.example.com"
tier = "required"
function = "Mail"
stands = ["mail.example.com"]

[[url_patterns]]
method = "GET"
path = "/in"
tier = "required"
function = "Mail"
alternative_to = "443/tcp"
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "box.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_the_good_file_loads(tmp_path: Path) -> None:
    device = read_device(written(tmp_path, GOOD))
    assert [endpoint.id for endpoint in device.endpoints] == [
        "mail.example.com:443",
        "r1---sn.example.com:443",
    ]


@pytest.mark.parametrize(
    ("right", "wrong", "said"),
    [
        pytest.param('title = "Box"', 'titel = "Box"', "titel", id="mistyped key"),
        pytest.param('speaks = "tls"', 'speeks = "tls"', r"endpoints\[0\]\.speeks.*speaks", id="mistyped nested key"),
        pytest.param("port = 443\n", 'port = "443"\n', r"Expected `int`.*endpoints\[.*port", id="wrong type"),
        pytest.param("port = 443\n", "port = 99999\n", r"65535.*endpoints\[.*port", id="impossible port"),
        pytest.param('tier = "required"', 'tier = "must"', r"'must'.*tier", id="unknown tier"),
        pytest.param('name = "box"', 'name = "bax"', "expected name = 'box'.*'bax'", id="other name"),
        pytest.param("r1---sn.", "mail.", "'mail.example.com:443' again.*endpoints", id="duplicate host:port"),
        pytest.param('host = "mail.', 'host = "Mail.', r"lower case, got 'Mail.*endpoints\[0\]", id="capital"),
        pytest.param('host = "r1---sn.', 'host = "r1---sn-.', r"host name.*endpoints\[1\]", id="hyphen last"),
        pytest.param('speaks = "tls"', 'speaks = "http"', "expected tls.*'https'.*speaks", id="speaks"),
        pytest.param("//MAIL.", "//post.", "URLs of the host 'mail.example.com'.*post", id="other url"),
        pytest.param("192.0.2.1", "192.0.2.001", "IP address, got '192.0.2.001'", id="address"),
        pytest.param('["192.0.2.1"]', '["192.0.2.1", "192.0.2.1"]', "'192.0.2.1' again", id="repeated address"),
        pytest.param(
            'function = "Mail"\nany_of = "either"\n\n',
            'function = "Mail"\n\n',
            "'either'.*only mail",
            id="lonely any_of",
        ),
        pytest.param(
            'tier = "required"\nfunction = "Mail"\nany_of',
            'tier = "optional"\nfunction = "Mail"\nany_of',
            "one tier for all.*'either'",
            id="any_of of two tiers",
        ),
        pytest.param(
            'host = "time.example.com",',
            'host = "time.example.com", any_of = "time",',
            "two or more time servers.*'time'",
            id="lonely time server",
        ),
        pytest.param('function = "Mail"\nurls', 'function = "Mial"\nurls', "functions.*'Mial'", id="function"),
        pytest.param('urls = ["https', 'also = ["Fax"]\nurls = ["https', "functions.*'Fax'", id="also"),
        pytest.param('stands = ["mail', 'stands = ["post', "got 'post.example.com'.*wildcards", id="stands"),
        pytest.param('wildcard = "*.example.com"\n', "", "got 'mail.example.com'", id="unmarked stand"),
        pytest.param('host = "r1---', 'wildcard = "*.no.com"\nhost = "r1---', r"stands.*'\*\.no\.com'", id="pattern"),
        pytest.param('pattern = "*.', 'pattern = "x*.', r"such as '\*\.example\.com'", id="no pattern"),
        pytest.param(
            'alternative_to = "443/tcp"',
            'alternative_to = "443/udp"',
            "443/tcp, got '443/udp'",
            id="alternative",
        ),
        pytest.param("{ port = 443,", "{ port = 80,", "TCP port 443 of mail.example.com:443", id="port need"),
        pytest.param('"8.8.8.8"', '"dns.google"', "'dns.google'.*dns_servers", id="dns server"),
        pytest.param('"time.example.com"', '"8.8.8.8:123"', "'8.8.8.8:123'.*time_servers", id="time server"),
        pytest.param('last = "192.168.10.111"', 'last = "192.168.10.1"', "first <= last", id="range"),
        pytest.param('urls = ["https', 'path = "in"\nurls = ["https', "begins with '/'.*path", id="path"),
        pytest.param('urls = ["https', 'expect = "generate_204"\nurls = ["https', "plain HTTP.*expect", id="expect"),
        pytest.param('"tls12"', '"tls21"', "got 'tls21'.*client_hello", id="client hello"),
        pytest.param('title = "Box"', 'title = "Box', "not valid TOML", id="broken TOML"),
    ],
)
def test_a_wrong_file_is_refused(tmp_path: Path, right: str, wrong: str, said: str) -> None:
    assert right in GOOD
    path = written(tmp_path, GOOD.replace(right, wrong))
    with pytest.raises(ConfigurationError, match=said) as refusal:
        read_device(path)
    assert str(path) in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_a_missing_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"box\.toml cannot be read"):
        read_device(tmp_path / "box.toml")


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("nope", "'nope'; known are connectplus (Connect+ / SendPro P Series), sendpro-c"),
        ("../devices/sendpro-c", "there is no device '../devices/sendpro-c'"),
        ("", "known are connectplus"),
    ],
)
def test_an_unknown_device_is_a_usage_error(name: str, said: str) -> None:
    with pytest.raises(UsageError) as refusal:
        load_device(name)
    assert said in str(refusal.value)
    assert refusal.value.exit_code == 2


def test_an_installation_without_devices_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resources, "fixtures", lambda: tmp_path)
    with pytest.raises(ConfigurationError, match="holds no device file"):
        device_names()


def test_only_the_device_asked_for_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "devices"
    folder.mkdir()
    written(folder, GOOD)
    (folder / "broken.toml").write_text("not toml", encoding="utf-8")
    monkeypatch.setattr(resources, "fixtures", lambda: tmp_path)
    assert devices.load_device("box").title == "Box"
    with pytest.raises(ConfigurationError):
        devices.load_device("broken")
