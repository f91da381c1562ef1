"""Whom this run believes: the public lists, or the roots a person gave in their place."""

from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path

from proxycheck.catalogue.ct_logs import ct_logs
from proxycheck.catalogue.trust import device_roots, public_roots, roots_from
from proxycheck.diagnosis.trust import Trust
from proxycheck.errors import ConfigurationError
from proxycheck.model.report import Report, TrustReport
from proxycheck.model.trust import TrustAnchors, certificates_in
from proxycheck.wire.certificates import to_pem
from proxycheck.wire.verification import RootStore

DEVICE_STORE = "android-7.0"


@lru_cache(maxsize=8)
def _store(path: Path | None) -> RootStore:
    return RootStore(public_roots() if path is None else roots_from(path))


@lru_cache(maxsize=1)
def _device_store() -> RootStore:
    return RootStore(device_roots(DEVICE_STORE))


def ready(roots: Path | None) -> None:
    """Loads and prepares the roots, so that the first chain does not wait for them.

    Raises ConfigurationError for roots that cannot be read."""
    _store(roots).undated  # noqa: B018  a cached property: OpenSSL's store is built here
    ct_logs(None)


def trust_for(roots: Path | None, at: datetime) -> Trust:
    """The trust of a run at the moment `at`; `roots` replaces the public lists, and counts as the device's too.

    Raises ConfigurationError for roots that cannot be read."""
    return Trust(
        public=_store(roots),
        device=_device_store() if roots is None else None,
        logs=ct_logs(None),
        custom=roots is not None,
        at=at,
    )


def trust_of(report: Report) -> Trust:
    """The trust of a saved report, at the moment it was made."""
    try:
        at = datetime.fromisoformat(report.run.started_at).astimezone(UTC)
    except ValueError as error:
        raise ConfigurationError(
            f"the report's started_at is not an RFC 3339 time: {report.run.started_at!r}"
        ) from error
    if not report.trust.custom:
        return trust_for(None, at)
    anchors = TrustAnchors(
        name="the report's roots", certificates=certificates_in("".join(report.trust.roots).encode())
    )
    return Trust(public=RootStore(anchors), device=None, logs=ct_logs(None), custom=True, at=at)


def told(trust: Trust) -> TrustReport:
    """What the report says of it: custom roots are kept whole, so that the report can be judged anywhere."""
    if not trust.custom:
        return TrustReport()
    return TrustReport(True, tuple(to_pem(der) for der in trust.public.anchors.certificates))
