"""Certificates shown inside tunnels, as a run would have recorded them, and what is made of them."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from msgspec import structs

from proxycheck.diagnosis.finding import Finding
from proxycheck.diagnosis.observation import Case, open_case
from proxycheck.diagnosis.rules.certificates import interception
from proxycheck.diagnosis.rules.interception import Judgement, judgements
from proxycheck.diagnosis.tls.identities import identities
from proxycheck.diagnosis.trust import Trust
from proxycheck.lab.internet.ct_log import LabLog
from proxycheck.model.device import Endpoint
from proxycheck.model.evidence import Evidence, TlsEvidence
from proxycheck.model.trust import TrustAnchors
from proxycheck.wire.certificates.verification import RootStore
from tests.diagnosis.recorded import OPENED, PROXY, record
from tests.real.authority import Authority
from tests.support import known
from tests.support.chains import NOBODY

Chain = Sequence[x509.Certificate]


def trust(*roots: Authority, logs: Iterable[LabLog] = (), device: Iterable[Authority] | None = None) -> Trust:
    """These roots are public, and the device has those of `device`; now."""
    return Trust(
        public=_store(roots),
        device=None if device is None else _store(device),
        logs={log.log.log_id: log.log for log in logs},
        custom=False,
        custom_logs=False,
        listed=NOBODY,
        at=datetime.now(UTC),
    )


def given(*roots: Authority, logs: Iterable[LabLog] = (), listed: Iterable[Authority] = ()) -> Trust:
    """A person gave these roots, and these logs if any, while the public lists have those of `listed`."""
    believed = trust(*roots, logs=logs)
    return structs.replace(believed, custom=True, custom_logs=bool(believed.logs), listed=_store(listed))


def _store(roots: Iterable[Authority]) -> RootStore:
    certificates = tuple(authority.root.public_bytes(Encoding.DER) for authority in roots)
    return RootStore(TrustAnchors(name="made by hand", certificates=certificates))


def _tls(name: str, chain: Chain, *, possession: bool) -> TlsEvidence:
    sent = tuple(certificate.public_bytes(Encoding.PEM).decode("ascii") for certificate in chain)
    return TlsEvidence(name, authenticated=possession, chain=sent)


def shown(host: str, chain: Chain, *, possession: bool = True) -> list[Evidence]:
    """An open tunnel to `host`, in which this chain is shown."""
    tls = _tls(host, chain, possession=possession)
    return [
        record("endpoints", "connect", f"{host}:443", received=OPENED),
        record("endpoints", "tls", f"{host}:443", None if possession else "eof", tls=tls),
    ]


def page(host: str, text: str) -> Evidence:
    """What was answered inside that TLS."""
    answer = f"HTTP/1.1 403 Forbidden\r\nContent-Length: {len(text)}\r\n\r\n{text}"
    return record("endpoints", "http", f"{host}:443", variant="inside-tls", received=answer)


def nothing(host: str) -> Evidence:
    """That nothing came inside that TLS."""
    return record("endpoints", "http", f"{host}:443", "timeout", variant="inside-tls")


def control(variant: str, tunnel: str, name: str, chain: Chain) -> Evidence:
    """A chain shown in a comparison: for the server name `name` in the tunnel to `tunnel`."""
    return record("controls", "tls", f"{tunnel}:443", variant=variant, tls=_tls(name, chain, possession=True))


def run(evidence: Iterable[Evidence], *added: str) -> Case:
    """The case of these records. Hosts in `added` are no part of the catalogue: a person asked for them."""
    records = tuple(evidence)
    named = {record.endpoint for record in records if record.check == "endpoints"}
    device = known.device("sendpro-c")
    own = tuple(
        Endpoint(host=host, port=443, scheme="https", tier="recommended", function="added", speaks="tls")
        for host in added
    )
    endpoints = tuple(endpoint for endpoint in (*device.endpoints, *own) if endpoint.id in named)
    assert {endpoint.id for endpoint in endpoints} == named, "a host that nobody knows"
    return open_case(device, endpoints, PROXY, records, known.knowledge())


def verdicts(case: Case, believed: Trust) -> dict[str, Judgement]:
    """The verdict on every host that showed a certificate, by host."""
    found = judgements(case, identities(case, believed))
    return {endpoint.rpartition(":")[0]: judgement for endpoint, judgement in found.items()}


def findings(case: Case, believed: Trust) -> list[Finding]:
    """What is told of the run's certificates."""
    found = identities(case, believed)
    return list(interception(case, found, judgements(case, found)))
