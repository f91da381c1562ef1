"""Whom a run believes, and that its report keeps what judging it again needs."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from msgspec import structs

from proxycheck.catalogue.ct_logs import ct_logs
from proxycheck.catalogue.devices import load_device
from proxycheck.catalogue.trust import device_roots, public_roots
from proxycheck.diagnosis.tls.identities import Identities, identities
from proxycheck.diagnosis.trust import Trust
from proxycheck.errors import ConfigurationError
from proxycheck.lab.internet.ct_log import LabLog, log_list
from proxycheck.model.report import LogReport, Report, TrustReport
from proxycheck.model.target import ProxyAddress
from proxycheck.model.trust import TrustAnchors
from proxycheck.runner import Plan
from proxycheck.runner import trust as runner_trust
from proxycheck.runner.trust import ready, told, trust_for, trust_of
from proxycheck.wire.certificates.facts import to_pem
from tests.diagnosis.shown import run, shown
from tests.real.authority import Authority, new_key
from tests.report import factory

NOW = datetime.now(UTC).replace(microsecond=0)
"""The certificates of these tests are made on the day."""
PRIVATE = Authority("Lab")
ROOT = PRIVATE.root.public_bytes(Encoding.DER)


def _plan(device: str = "sendpro-c", roots: Path | None = None, logs: Path | None = None) -> Plan:
    entry = load_device(device)
    proxy = ProxyAddress("http", "proxy.example", 3128)
    return Plan(device=entry, endpoints=entry.endpoints, proxy=proxy, roots=roots, ct_log_list=logs)


@pytest.fixture
def roots(tmp_path: Path) -> Path:
    """A file with one root."""
    path = tmp_path / "roots.pem"
    path.write_text(to_pem(ROOT))
    return path


@pytest.fixture
def logs(tmp_path: Path) -> Path:
    """A file with one log."""
    path = tmp_path / "logs.tsv"
    path.write_text(log_list([LabLog("One log")]))
    return path


def _nobody(trust: Trust) -> Identities:
    return identities(run([]), trust)


def _report(trust: TrustReport) -> Report:
    return structs.replace(factory.compatible(), trust=trust)


def test_the_public_lists_and_the_devices_own_are_two_questions() -> None:
    trust = trust_for(_plan(), NOW)
    assert trust.public.anchors.fingerprints == public_roots().fingerprints
    assert trust.device is not None
    assert trust.device.anchors.fingerprints == device_roots("android-7.0").fingerprints
    assert (trust.custom, trust.custom_logs, trust.logs) == (False, False, ct_logs(None))


def test_given_roots_replace_the_public_ones_and_join_the_devices(roots: Path) -> None:
    trust = trust_for(_plan(roots=roots), NOW)
    assert trust.public.anchors.certificates == (ROOT,)
    assert trust.device is not None
    own = device_roots("android-7.0").fingerprints
    assert trust.device.anchors.fingerprints == own | trust.public.anchors.fingerprints
    assert trust.custom


def test_the_devices_own_list_is_not_read_for_a_chain_that_given_roots_settle(
    roots: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unread(name: str) -> TrustAnchors:
        raise AssertionError(f"{name} was read")

    monkeypatch.setattr("proxycheck.runner.trust.device_roots", unread)
    trust = trust_for(_plan(roots=roots), NOW)
    chain = shown("distservp1.pb.com", PRIVATE.issue(["distservp1.pb.com"], new_key()))
    identity = identities(run(chain), trust).by_endpoint["distservp1.pb.com:443"]
    assert identity.device is not None
    assert identity.device.anchored
    assert trust.device is not None
    with pytest.raises(AssertionError, match="was read"):
        _ = trust.device.anchors


@pytest.fixture
def no_lists(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The lists are gone from the installation."""

    def missing(*_: str) -> TrustAnchors:
        raise ConfigurationError("the list is missing")

    monkeypatch.setattr("proxycheck.runner.trust.public_roots", missing)
    monkeypatch.setattr("proxycheck.runner.trust.device_roots", missing)
    caches = (runner_trust._store, runner_trust._device_store)
    for cache in caches:
        cache.cache_clear()
    yield
    for cache in caches:
        cache.cache_clear()


@pytest.mark.usefixtures("no_lists")
def test_a_run_without_a_chain_reads_no_list() -> None:
    trust = trust_for(_plan(), NOW)
    assert told(trust, _nobody(trust)).roots == ()


@pytest.mark.usefixtures("no_lists")
def test_a_missing_list_is_an_error_before_anything_is_judged() -> None:
    with pytest.raises(ConfigurationError, match="the list is missing"):
        list(ready(_plan()))
    with pytest.raises(ConfigurationError, match="the list is missing"):
        trust_of(_report(TrustReport()), load_device("sendpro-c"))


def test_the_list_of_a_device_that_nobody_knows_is_not_guessed(roots: Path) -> None:
    assert trust_for(_plan("connectplus"), NOW).device is None
    assert trust_for(_plan("connectplus", roots), NOW).device is None


def test_a_report_keeps_given_roots_and_logs(roots: Path, logs: Path) -> None:
    trust = trust_for(_plan(roots=roots, logs=logs), NOW)
    kept = told(trust, _nobody(trust))
    assert (kept.custom, kept.roots, [log.description for log in kept.logs]) == (True, (to_pem(ROOT),), ["One log"])
    again = trust_of(_report(kept), load_device("sendpro-c"))
    assert again.public.anchors.certificates == (ROOT,)
    assert set(again.logs) == set(trust.logs)
    assert {log.key for log in again.logs.values()} == {log.key for log in trust.logs.values()}
    assert (again.custom, again.custom_logs) == (True, True)
    assert again.at == datetime.fromisoformat(factory.compatible().run.started_at)
    assert trust.device is not None
    assert again.device is not None
    assert again.device.anchors.fingerprints == trust.device.anchors.fingerprints


def test_of_public_roots_a_report_keeps_those_it_met() -> None:
    """So that a root which the lists drop later does not turn a clean proxy into a suspect."""
    trust = trust_for(_plan(), NOW)
    met_none = told(trust, _nobody(trust))
    assert met_none == TrustReport(lists=met_none.lists)
    public = structs.replace(trust, public=type(trust.public)(trust.public.anchors.joined(_anchors())))
    met = identities(run(shown("distservp1.pb.com", PRIVATE.issue(["distservp1.pb.com"], new_key()))), public)
    kept = told(public, met)
    assert (kept.custom, kept.roots, kept.logs) == (False, (to_pem(ROOT),), ())
    again = trust_of(_report(kept), load_device("sendpro-c"))
    assert again.public.anchors.fingerprints == public_roots().fingerprints | _anchors().fingerprints
    assert again.device is not None
    assert ROOT not in again.device.anchors.certificates


def _anchors() -> TrustAnchors:
    return structs.replace(public_roots(), certificates=(ROOT,))


@pytest.mark.parametrize(
    "trust",
    [
        TrustReport(custom=True, roots=("-----BEGIN CERTIFICATE-----\n!!\n-----END CERTIFICATE-----",)),
        TrustReport(custom=True, roots=("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----",)),
        TrustReport(logs=(LogReport("not base64", "", "", ""),)),
    ],
)
def test_a_report_with_broken_trust_is_refused(trust: TrustReport) -> None:
    with pytest.raises(ConfigurationError, match="cannot be read"):
        trust_of(_report(trust), load_device("sendpro-c"))
