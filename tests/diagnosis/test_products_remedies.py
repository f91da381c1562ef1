"""The configuration that people are told to enter: complete, filled in, and accepted where the product is at hand."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from proxycheck.catalogue.devices import device_names
from proxycheck.diagnosis.templates import configuration, sentence
from proxycheck.model.files.knowledge import ProductRemedy
from tests.diagnosis.synthetic import ALL, PUSH, SECURE, World
from tests.support import known
from tests.support.answers import OPEN, answer

KNOWLEDGE = known.knowledge()
PORTS = (80, 5228)
HOSTS = ("distservp1.pb.com", "r1---sn-8pgbpohxqp5-auol.gvt1.com")
VALUES = {
    "ports": "80, 5228",
    "hosts": ", ".join(HOSTS),
    "domains": "pb.com, gvt1.com",
    "count": "4",
    "device": "SendPro C / SendPro+",
    "proxy": "http://10.0.0.1:3128",
    "list_format": "squid",
    "port_list_format": "squid",
}
_FOR_THE_READER = re.compile(r"\b[A-Z]+(?:-[A-Z]+)+\b")
_MUST_HAVE = {
    "connect.port-denied",
    "connect.host-denied",
    "connect.all-denied",
    "connect.method-denied",
    "auth.required",
    "auth.scheme-unsupported",
    "tls.inspected",
    "tls.blocked",
    "tunnel.tls-only",
    "connect.dns-failure",
    "http.block-page",
    "setup.https-proxy",
}
SQUID_REMEDIES = [remedy for product in KNOWLEDGE.products if product.name == "Squid" for remedy in product.remedies]


def _config(remedy: ProductRemedy) -> str:
    return configuration(remedy.config or "", PORTS, HOSTS, VALUES)


def test_every_cause_can_be_put_into_words() -> None:
    for text in KNOWLEDGE.causes.values():
        said = (text.title, text.explanation, *(remedy.text for remedy in text.remedies))
        assert not any(re.search(r"[{}]", sentence(template, VALUES)) for template in said), text.code


def test_every_product_remedy_can_be_filled_in() -> None:
    for product in KNOWLEDGE.products:
        for remedy in product.remedies:
            text, config = sentence(remedy.text, VALUES), _config(remedy)
            assert text.endswith((".", ".)")), (product.name, text)
            assert not re.search(r"[{}]", text), (product.name, text)
            assert not re.search(r"\{\w+\}", config), (product.name, config)
            assert remedy.source, product.name
            assert remedy.confidence != "low", (product.name, remedy.cause)


def test_the_line_to_change_names_every_port_and_host() -> None:
    for product in KNOWLEDGE.products:
        for remedy in product.remedies:
            for field, wanted in (("port", PORTS), ("host", HOSTS)):
                if re.search(rf"\{{{field}\w*\}}", remedy.config or ""):
                    config = _config(remedy).replace("\\.", ".")
                    assert all(str(each) in config for each in wanted), (product.name, remedy.cause)


_ADDS = {
    ("3proxy", "allow * * * 443,{port_list} HTTP_CONNECT"),
    ("3proxy", "allow * * * {port_list} HTTP_CONNECT"),
    ("Blue Coat / Symantec / Broadcom ProxySG", "    ALLOW http.method=CONNECT url.port={port}"),
    ("HAProxy", "acl device_ports url_end :{port}"),
    ("Microsoft ISA / TMG", 'ranges.AddRange "port {port}", {port}, {port}'),
    ("Tinyproxy", "ConnectPort {port}"),
}
"""Lines that stand beside what there is, so that the denied ports are enough. Squid's all do: what an acl names is
added to it."""


def test_a_line_that_takes_the_place_of_another_names_all_ports_that_are_needed() -> None:
    """With the denied ones alone, what was open before would be closed by it."""
    for product in KNOWLEDGE.products:
        lines = {line for remedy in product.remedies for line in (remedy.config or "").splitlines()}
        named = {line for line in lines if re.search(r"\{(port|ports|port_list)\}", line)}
        if product.name != "Squid":
            assert {(product.name, line) for line in named} <= _ADDS, product.name


@pytest.mark.parametrize(
    ("product", "answered"),
    [
        ("Apache httpd (mod_proxy)", answer(403, Server="Apache/2.4.71 (Debian)")),
        ("Apache Traffic Server", answer(403, Server="ATS/9.2.9")),
    ],
)
def test_the_ports_that_are_open_stay_in_the_line(product: str, answered: bytes) -> None:
    diagnosis = World(connect=lambda what: answered if what.port == PUSH.port else OPEN).judged()
    (found,) = diagnosis.causes
    (remedy,) = [each for each in found.remedies if each.product == product]
    assert found.code == "connect.port-denied"
    assert "80 443 5228" in (remedy.config or "")


def test_every_device_needs_443() -> None:
    """So that a line with all needed ports keeps it for everybody else."""
    for name in device_names():
        assert 443 in {endpoint.port for endpoint in known.device(name).endpoints}, name


def _advice(product: str | None, code: str) -> list[str]:
    """What is told of the list of hosts where this product answers so."""
    named = {"Squid": {"X_Squid_Error": "ERR_ACCESS_DENIED 0"}, "Zscaler": {"Server": "Zscaler/6.0"}}
    named["Tinyproxy"] = {"Server": "tinyproxy/1.11.1"}
    fields = named[product] if product else {}
    moved = {"Location": "http://block.example/"} if code == "connect.redirected" else {}
    said = answer(302 if moved else 403, **fields, **moved)
    denied = {"connect.port-denied": (PUSH,), "connect.all-denied": ALL}.get(code, SECURE[:1])
    diagnosis = World(connect=lambda what: said if what in denied else OPEN).judged()
    (found,) = [cause for cause in diagnosis.causes if cause.code == code]
    return [each.text for each in found.remedies if "proxycheck allowlist" in each.text]


@pytest.mark.parametrize(
    "code", ["connect.port-denied", "connect.host-denied", "connect.all-denied", "connect.redirected"]
)
def test_the_list_of_hosts_is_told_in_the_format_that_the_product_takes(code: str) -> None:
    (text,) = _advice("Squid", code)
    assert text.endswith(" --format squid.")
    (text,) = _advice(None, code)
    assert "--format squid (or " in text
    assert _advice("Tinyproxy", code) == []
    assert [each.rpartition(" ")[2] for each in _advice("Zscaler", code)] == (
        [] if code == "connect.port-denied" else ["zscaler."]
    )


def test_every_product_with_a_format_is_known() -> None:
    assert KNOWLEDGE.formats.keys() <= {product.name for product in KNOWLEDGE.products}


def test_a_page_in_the_tunnel_is_answered_by_a_list_too() -> None:
    told = [remedy.text for remedy in KNOWLEDGE.causes["tunnel.block-page"].remedies]
    assert any("--format {list_format}" in text for text in told)


@pytest.mark.parametrize(
    ("product", "cause", "words"),
    [
        ("HAProxy", "connect.method-denied", "in place of the frontend"),
        ("HAProxy", "proxy.not-a-proxy", "in place of the frontend"),
        ("HAProxy", "connect.host-denied", "right above the `http-request deny` line"),
        ("Apache httpd (mod_proxy)", "connect.host-denied", "ProxyBlock"),
        ("Apache httpd (mod_proxy)", "connect.host-denied", "<ProxyMatch>"),
        ("Tinyproxy", "connect.host-denied", "`FilterType fnmatch`"),
        ("Tinyproxy", "connect.host-denied", "`FilterURLs On`"),
        ("Tinyproxy", "connect.host-denied", "Remove the lines from it that match"),
        ("Privoxy", "connect.port-denied", "and the block where there is one"),
        ("Apache Traffic Server", "connect.empty-reply", "every client that ip_allow.yaml does not name"),
        (None, "connect.empty-reply", "the clients that the proxy serves"),
        (None, "connect.all-denied", "431 (Request Header Fields Too Large)"),
    ],
)
def test_it_is_told_where_the_line_goes_and_what_it_does_not_do(product: str | None, cause: str, words: str) -> None:
    known_here = [(each.name, remedy) for each in KNOWLEDGE.products for remedy in each.remedies]
    told = [remedy.text for name, remedy in known_here if (name, remedy.cause) == (product, cause)]
    told += [
        remedy.text
        for code, text in KNOWLEDGE.causes.items()
        for remedy in text.remedies
        if (code, remedy.product) == (cause, product)
    ]
    assert any(words in text for text in told)


def test_squid_has_an_answer_to_what_it_is_often_asked() -> None:
    assert {remedy.cause for remedy in SQUID_REMEDIES} >= _MUST_HAVE


def test_placeholders_are_for_the_reader_and_few() -> None:
    found = {
        name
        for product in KNOWLEDGE.products
        for remedy in product.remedies
        for name in _FOR_THE_READER.findall(remedy.config or "")
    }
    assert found == {
        "ADDRESS-OF-THE-DEVICE",
        "ADDRESS-OF-THE-PROXY",
        "ADDRESS-OF-A-RESOLVER",
        "BYTES-OF-THE-PAGE",
        "NAME-OF-THE-PROFILE",
        "NAME-OF-THE-SERVICE",
    }


def test_no_name_of_an_acl_stands_for_two_types() -> None:
    """All that one report tells may be entered into one file, and what it told before is in it already."""
    types: dict[str, set[str]] = {}
    for remedy in SQUID_REMEDIES:
        for name, kind in re.findall(r"^acl (\S+) (\S+)", _config(remedy), re.MULTILINE):
            types.setdefault(name, set()).add(kind)
    assert {name: kinds for name, kinds in types.items() if len(kinds) > 1} == {}
    assert types["devices"] == {"src"}


def test_squid_lines_lean_on_no_acl_of_the_customers() -> None:
    for remedy in SQUID_REMEDIES:
        lines = _config(remedy).splitlines()
        own = {line.split()[1] for line in lines if line.startswith("acl ")}
        used = {
            name.lstrip("!")
            for line in lines
            if re.match(r"(\w+_access|ssl_bump|always_direct|cache) (allow|deny|splice)\b", line)
            for name in line.split()[2:]
        }
        assert used <= own | {"CONNECT"}, (remedy.cause, used - own)


def test_squid_lets_through_the_device_alone() -> None:
    for remedy in SQUID_REMEDIES:
        for line in _config(remedy).splitlines():
            if re.match(r"(\w+_access|ssl_bump|always_direct|cache) (allow|deny|splice)\b", line):
                assert "devices" in line.split(), (remedy.cause, line)


def _parsed_by_squid(lines: str, path: Path) -> str:
    """What `squid -k parse` says that is wrong with the lines."""
    version = subprocess.run(["squid", "-v"], capture_output=True, text=True, check=True, timeout=30).stdout
    if "ssl_bump" in lines and "--with-openssl" not in version:
        pytest.skip("this Squid is built without TLS inspection")
    whole = lines.replace("ADDRESS-OF-THE-DEVICE", "192.0.2.7").replace("ADDRESS-OF-A-RESOLVER", "192.0.2.53")
    path.write_text(f"{whole}\n", encoding="utf-8")
    command = ["squid", "-k", "parse", "-f", str(path)]
    parsed = subprocess.run(command, capture_output=True, text=True, check=False, timeout=30)
    assert parsed.returncode == 0, parsed.stderr
    return "\n".join(re.findall(r".*(?:FATAL|ERROR|WARNING|unrecognized).*", parsed.stderr))


@pytest.mark.skipif(shutil.which("squid") is None, reason="Squid is not installed")
@pytest.mark.parametrize("remedy", SQUID_REMEDIES, ids=lambda remedy: f"{remedy.cause}-{len(remedy.text)}")
@pytest.mark.slow
def test_squid_accepts_the_lines(remedy: ProductRemedy, tmp_path: Path) -> None:
    assert _parsed_by_squid(_config(remedy), tmp_path / "squid.conf") == ""


@pytest.mark.skipif(shutil.which("squid") is None, reason="Squid is not installed")
@pytest.mark.slow
def test_squid_accepts_all_lines_in_one_file(tmp_path: Path) -> None:
    """As they are told, and for what is said to be needed once, written once."""
    told = "\n".join(_config(remedy) for remedy in SQUID_REMEDIES)
    once = "acl devices src ADDRESS-OF-THE-DEVICE\n"
    lines = once + told.replace(once, "")
    assert _parsed_by_squid(lines, tmp_path / "squid.conf") == ""
