"""Products are named by the authority in certificates, and never by a genuine public one."""

from itertools import product as every_pair

import pytest

from proxycheck.diagnosis.products.naming import recognise_authority
from proxycheck.diagnosis.products.signals import Certificate, found
from proxycheck.model.files.knowledge import Product, Signal
from tests.support import known

PRODUCTS = known.knowledge().products
AUTHORITIES = [
    pytest.param(product, signal, id=f"{product.name}-{number}-{signal.where}")
    for product in PRODUCTS
    for number, signal in enumerate(product.authorities, start=1)
]
PUBLIC_ISSUERS = (
    r"CN=Cloudflare Inc ECC CA-3,O=Cloudflare\, Inc.,C=US",
    "CN=Microsoft Azure RSA TLS Issuing CA 03,O=Microsoft Corporation,C=US",
    "CN=Microsoft ECC TLS Issuing AOC CA 02,O=Microsoft Corporation,C=US",
    "CN=Amazon RSA 2048 M01,O=Amazon,C=US",
    "CN=WR2,O=Google Trust Services,C=US",
    "CN=GTS CA 1C3,O=Google Trust Services LLC,C=US",
    "CN=Apple Public EV Server RSA CA 2 - G1,O=Apple Inc.,ST=California,C=US",
    "CN=Cisco Systems Public TLS CA 1,O=Cisco Systems,C=US",
    "CN=HydrantID Server CA O1,OU=HydrantID Trusted Certificate Service,O=IdenTrust,C=US",
    "CN=DigiCert TLS RSA SHA256 2020 CA1,O=DigiCert Inc,C=US",
    "CN=Sectigo RSA Organization Validation Secure Server CA,O=Sectigo Limited,L=Salford,C=GB",
    r"CN=Entrust Certification Authority - L1K,OU=(c) 2012 Entrust\, Inc. - for authorized use only,O=Entrust\, Inc.",
    "CN=R11,O=Let's Encrypt,C=US",
    "CN=Symantec Class 3 Secure Server CA - G4,OU=Symantec Trust Network,O=Symantec Corporation,C=US",
    "CN=Trend Micro S2 CA,O=Trend Micro Inc,C=US",
    r"CN=Go Daddy Secure Certificate Authority - G2,O=GoDaddy.com\, Inc.,L=Scottsdale,ST=Arizona,C=US",
)
COMPANIES = (
    "CN=www.cisco.com,O=Cisco Systems Inc.,L=San Jose,C=US",
    "CN=umbrella.cisco.com,O=Cisco Umbrella,C=US",
    r"CN=*.fortinet.com,O=Fortinet\, Inc.,L=Sunnyvale,C=US",
    "CN=*.fortinet.com,O=Fortinet,L=Sunnyvale,C=US",
    r"CN=www.zscaler.com,O=Zscaler\, Inc.,L=San Jose,C=US",
    "CN=*.zscaler.net,O=Zscaler Inc.,L=San Jose,C=US",
    "CN=www.microsoft.com,O=Microsoft Corporation,C=US",
    r"CN=www.cloudflare.com,O=Cloudflare\, Inc.,C=US",
    r"CN=www.barracuda.com,O=Barracuda Networks\, Inc.,C=US",
    "CN=www.paloaltonetworks.com,O=Palo Alto Networks,C=US",
    "CN=www.checkpoint.com,O=Check Point Software Technologies Ltd.,C=IL",
    "CN=www.sophos.com,O=Sophos Limited,C=GB",
    "CN=*.goskope.com,O=Netskope,C=US",
    "CN=www.forcepoint.com,O=Forcepoint LLC,C=US",
    "CN=www.broadcom.com,O=Broadcom Inc,C=US",
    "CN=www.sonicwall.com,O=SonicWALL Inc.,C=US",
    r"CN=www.watchguard.com,O=WatchGuard Technologies\, Inc.,C=US",
    "CN=www.kaspersky.com,O=AO Kaspersky Lab,C=RU",
    r"CN=www.eset.com,O=ESET\, spol. s r. o.,C=SK",
    "CN=mitmproxy.org",
)


def _certificate(signal: Signal, text: str) -> Certificate:
    return Certificate(text, "CN=x") if signal.where == "issuer" else Certificate("CN=x", text)


@pytest.mark.parametrize(("product", "signal"), AUTHORITIES)
def test_every_authority_knows_its_example_from_a_near_miss(product: Product, signal: Signal) -> None:
    assert found(signal, _certificate(signal, signal.example)) is not None, signal.example
    assert found(signal, _certificate(signal, signal.counterexample)) is None, signal.counterexample
    if signal.where == "issuer":
        named = {r.name for r in recognise_authority(PRODUCTS, signal.example, "CN=www.example.com")}
        others = [s for s in product.authorities if s.where == "issuer" and s.confidence != "low"]
        by_another = any(found(s, _certificate(s, signal.example)) for s in others)
        assert (product.name in named) is (signal.confidence != "low" or by_another)


def test_genuine_public_certificates_are_never_a_hit() -> None:
    for issuer, subject in every_pair(PUBLIC_ISSUERS, COMPANIES):
        assert recognise_authority(PRODUCTS, issuer, subject) == (), (issuer, subject)


@pytest.mark.parametrize("name", PUBLIC_ISSUERS)
def test_not_even_a_weak_pattern_takes_the_big_public_authorities(name: str) -> None:
    certificate = Certificate(name, "CN=www.example.com")
    hits = [p.name for p in PRODUCTS for s in p.authorities if s.where == "issuer" and found(s, certificate)]
    assert hits == (["Trend Micro IWSVA/IWSaaS"] if "Trend Micro" in name else [])


def test_the_subject_alone_names_nothing_but_confirms() -> None:
    subject = "CN=www.example.com,O=Zscaler Inc."
    assert recognise_authority(PRODUCTS, "CN=Example Company CA", subject) == ()
    (zscaler,) = recognise_authority(PRODUCTS, "CN=Zscaler Intermediate Root CA (zscaler.net) (t) ", subject)
    assert zscaler.name == "Zscaler"
    assert zscaler.because == "the certificate is issued by Zscaler Intermediate Root CA (zscaler.net) (t)"


def test_the_escaped_comma_belongs_to_the_value() -> None:
    issuer = r"CN=ESET SSL Filter CA,O=ESET\, spol. s r. o.,C=SK"
    assert [(r.name, r.kind) for r in recognise_authority(PRODUCTS, issuer, "CN=a")] == [("ESET", "antivirus")]
    assert recognise_authority(PRODUCTS, r"O=x\,CN=ESET SSL Filter CA", "CN=a") == ()
