"""The configuration that people are told to enter: complete, filled in, and accepted where the product is at hand."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from proxycheck.diagnosis.templates import configuration, sentence
from proxycheck.model.files.knowledge import ProductRemedy
from tests.support import known

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
