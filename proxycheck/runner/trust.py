"""Whom this run believes: the public lists, or what a person gave in their place."""

import base64
import hashlib
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path

from proxycheck.catalogue.ct_logs import ct_logs
from proxycheck.catalogue.revisions import public_lists
from proxycheck.catalogue.trust import device_roots, public_roots, roots_from
from proxycheck.diagnosis.tls.identities import Identities
from proxycheck.diagnosis.trust import Trust
from proxycheck.errors import ConfigurationError
from proxycheck.model.device import Device
from proxycheck.model.report import ListReport, LogReport, Report, TrustReport
from proxycheck.model.trust import CtLog, TrustAnchors, certificates_in
from proxycheck.runner.plan import Plan
from proxycheck.wire.certificates.facts import certificate_facts, to_pem
from proxycheck.wire.certificates.verification import RootStore

_STORES: Mapping[str, str] = {"Android 7.0": "android-7.0"}
"""The trust store of a device's operating system, where it is known."""


@lru_cache(maxsize=8)
def _store(path: Path | None) -> RootStore:
    return RootStore(public_roots if path is None else roots_from(path))


@lru_cache(maxsize=8)
def _kept_store(kept: TrustAnchors) -> RootStore:
    return RootStore(kept)


@lru_cache(maxsize=8)
def _device_store(system: str, more: TrustAnchors | None) -> RootStore | None:
    if system not in _STORES:
        return None
    name = _STORES[system]
    if more is None:
        return RootStore(lambda: device_roots(name))
    return RootStore(lambda: device_roots(name).joined(more))


def ready(plan: Plan) -> Iterator[None]:
    """Loads and prepares the roots and logs, step by step, so that the first chain does not wait for them.

    Raises ConfigurationError for roots or logs that cannot be read."""
    trust = _read(trust_for(plan, datetime.now(UTC)))
    yield
    yield from trust.public.paths.prepare()


def _read(trust: Trust) -> Trust:
    """The same, its lists read: what is missing from the installation is an error before anything is judged. With roots
    of a person's own the device's list is seldom needed."""
    for store in (trust.public, None if trust.custom else trust.device):
        if store is not None:
            store.anchors  # noqa: B018  a cached property: the list is read here
    return trust


def trust_for(plan: Plan, at: datetime) -> Trust:
    """The trust of a run at the moment `at`. Roots that a person gave replace the public lists, and the device is taken
    to have them as well: they stand for a private origin's, or for a lab's. The lists that come with the program are
    read when the first chain needs them.

    Raises ConfigurationError for roots or logs that a person gave and that cannot be read."""
    public = _store(plan.roots)
    return Trust(
        public=public,
        device=_device_store(plan.device.operating_system, None if plan.roots is None else public.anchors),
        logs=ct_logs(plan.ct_log_list),
        custom=plan.roots is not None,
        custom_logs=plan.ct_log_list is not None,
        listed=_store(None),
        at=at,
    )


def trust_of(report: Report, device: Device) -> Trust:
    """The trust of a saved report, at the moment it was made. Public roots that its chains led to then are public
    still, whether today's lists have them or not.

    Raises ConfigurationError for a report whose time, roots or logs cannot be read."""
    try:
        at = datetime.fromisoformat(report.run.started_at).astimezone(UTC)
        kept = TrustAnchors(name="the report's roots", certificates=_roots_of(report.trust))
        logs = _logs_of(report.trust)
    except ValueError as error:
        raise ConfigurationError(f"the report's time, roots or logs cannot be read: {error}") from error
    custom = report.trust.custom
    trust = Trust(
        public=_kept_store(kept) if custom else _public_with(kept),
        device=_device_store(device.operating_system, kept if custom else None),
        logs=logs or ct_logs(None),
        custom=custom,
        custom_logs=bool(logs),
        listed=_store(None),
        at=at,
    )
    return _read(trust)


def _public_with(kept: TrustAnchors) -> RootStore:
    known = _store(None)
    return known if kept.fingerprints <= known.anchors.fingerprints else RootStore(known.anchors.joined(kept))


def _roots_of(trust: TrustReport) -> tuple[bytes, ...]:
    found = tuple(certificates_in(pem.encode()) for pem in trust.roots)
    if any(len(certificates) != 1 for certificates in found):
        raise ValueError("a root that is not one certificate")
    for (der,) in found:
        certificate_facts(der)
    return tuple(der for (der,) in found)


def _logs_of(trust: TrustReport) -> dict[bytes, CtLog]:
    keys = ((base64.b64decode(log.key, validate=True), log) for log in trust.logs)
    return {
        (log_id := hashlib.sha256(key).digest()): CtLog(log_id, key, log.operator, log.description, log.state)
        for key, log in keys
    }


def told(trust: Trust, found: Identities) -> TrustReport:
    """What the report says of it, so that it can be judged anywhere and at any time: custom roots and logs are kept
    whole, of public roots those that the chains of the run lead to."""
    used = {identity.public.path[-1] for identity in found.by_endpoint.values() if identity.anchored}
    roots = trust.public.anchors.certificates if trust.custom or used else ()
    return TrustReport(
        custom=trust.custom,
        roots=tuple(to_pem(der) for der in roots if trust.custom or der in used),
        logs=tuple(_told_log(log) for log in trust.logs.values()) if trust.custom_logs else (),
        lists=tuple(
            ListReport(each.name, each.date)
            for each in public_lists()
            if not (trust.custom_logs if each.name == "ct_logs" else trust.custom)
        ),
    )


def _told_log(log: CtLog) -> LogReport:
    return LogReport(base64.b64encode(log.key).decode("ascii"), log.operator, log.description, log.state)
