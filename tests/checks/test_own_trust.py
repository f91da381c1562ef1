"""Which foreign chains this computer trusts: asked of its own store, recorded only where one does."""

import asyncio
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from proxycheck.checks.comparison import own_trust
from proxycheck.checks.session import Session
from proxycheck.model.device import Endpoint
from proxycheck.model.evidence import Evidence
from proxycheck.model.trust import TrustAnchors, certificates_in
from proxycheck.net.computer.own_roots import own_roots
from proxycheck.net.trace import Trace
from proxycheck.wire.secrets.redaction import Redactor
from tests.diagnosis.shown import shown
from tests.real.authority import Authority, new_key

COMPANY, STRANGER = Authority("Company"), Authority("Stranger")
ROOT = COMPANY.root.public_bytes(Encoding.DER)


def _recorded(authorities: dict[str, Authority]) -> list[Evidence]:
    trace = Trace(lambda: 0.0, Redactor(None))
    records = {
        f"{host}:443": shown(host, authority.issue([host], new_key()))[1] for host, authority in authorities.items()
    }
    session = cast(Session, SimpleNamespace(trace=trace, latest=lambda _, endpoint: records.get(endpoint)))
    endpoints = [
        Endpoint(host=host, port=443, scheme="https", tier="required", function="any", speaks="tls")
        for host in (*authorities, "unmeasured.example")
    ]
    asyncio.run(own_trust.ask(session, "controls", endpoints))
    return trace.evidence


def test_a_root_of_this_computer_is_noted_for_the_chains_that_lead_to_it(monkeypatch: pytest.MonkeyPatch) -> None:
    anchors = TrustAnchors(name="this computer", certificates=(ROOT,))
    monkeypatch.setattr("proxycheck.checks.comparison.own_trust.own_roots", lambda: anchors)
    [noted] = _recorded({"a.example": COMPANY, "b.example": STRANGER})
    assert (noted.check, noted.operation, noted.endpoint) == ("controls", "control_roots", "a.example:443")
    assert certificates_in((noted.note or "").encode()) == (ROOT,)


def test_a_computer_without_roots_trusts_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "proxycheck.checks.comparison.own_trust.own_roots", lambda: TrustAnchors(name="", certificates=())
    )
    assert _recorded({"a.example": COMPANY}) == []


def test_the_own_store_is_read_from_file_and_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    folder = tmp_path / "certificates"
    folder.mkdir()
    (tmp_path / "roots.pem").write_bytes(COMPANY.root.public_bytes(Encoding.PEM))
    (folder / "stranger.crt").write_bytes(STRANGER.root.public_bytes(Encoding.PEM))
    (folder / "broken.pem").write_text("-----BEGIN CERTIFICATE-----\nA\n-----END CERTIFICATE-----\n")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "roots.pem"))
    monkeypatch.setenv("SSL_CERT_DIR", str(folder))
    own_roots.cache_clear()
    try:
        found = set(own_roots().certificates)
    finally:
        own_roots.cache_clear()
    assert {ROOT, STRANGER.root.public_bytes(Encoding.DER)} <= found
