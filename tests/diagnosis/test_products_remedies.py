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


@pytest.mark.skipif(shutil.which("squid") is None, reason="Squid is not installed")
@pytest.mark.parametrize("remedy", SQUID_REMEDIES, ids=lambda remedy: f"{remedy.cause}-{len(remedy.text)}")
@pytest.mark.slow
def test_squid_accepts_the_lines(remedy: ProductRemedy, tmp_path: Path) -> None:
    version = subprocess.run(["squid", "-v"], capture_output=True, text=True, check=True).stdout
    if "ssl_bump" in (remedy.config or "") and "--with-openssl" not in version:
        pytest.skip("this Squid is built without TLS inspection")
    lines = _config(remedy).replace("ADDRESS-OF-THE-DEVICE", "192.0.2.7").replace("ADDRESS-OF-A-RESOLVER", "192.0.2.53")
    stock = "acl localnet src 10.0.0.0/8\nacl SSL_ports port 443\n"
    path = tmp_path / "squid.conf"
    path.write_text(f"{stock}{lines}\n", encoding="utf-8")
    parsed = subprocess.run(["squid", "-k", "parse", "-f", str(path)], capture_output=True, text=True, check=False)
    assert parsed.returncode == 0, parsed.stderr
    assert not re.search(r"FATAL|ERROR|WARNING|unrecognized", parsed.stderr), parsed.stderr
