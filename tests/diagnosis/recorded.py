"""Evidence written by hand: what a run would have recorded of a few hosts."""

from collections.abc import Iterable

from proxycheck.diagnosis.observation import Case, open_case
from proxycheck.model.device import Endpoint
from proxycheck.model.evidence import Ended, Evidence, TlsEvidence
from proxycheck.model.failure import Failure, FailureName, Operation
from proxycheck.model.questions import CheckId
from proxycheck.model.target import ProxyAddress
from tests.support import known

PROXY = ProxyAddress("http", "proxy.example", 3128)
OPENED = "HTTP/1.1 200 OK\r\n\r\n"
_ENDED: dict[FailureName, Ended] = {"eof": "eof", "reset": "reset", "timeout": "timeout"}


def record(
    check: CheckId,
    operation: Operation,
    endpoint: str,
    failure: FailureName | None = None,
    *,
    variant: str | None = None,
    received: str = "",
    sent: str = "",
    tls: TlsEvidence | None = None,
    detail: str = "",
) -> Evidence:
    """One operation on the wire."""
    return Evidence(
        id="e",
        check=check,
        operation=operation,
        endpoint=endpoint,
        started_s=0.0,
        duration_s=0.01,
        sent=sent,
        received=received,
        ended="open" if failure is None else _ENDED.get(failure, "closed"),
        failure=None if failure is None else Failure(failure, operation, detail),
        tls=tls,
        variant=variant,
    )


def tunnel(endpoint: str, failure: FailureName | None = None) -> list[Evidence]:
    """An open tunnel, and an ordinary handshake in it."""
    return [
        record("endpoints", "connect", endpoint, received=OPENED),
        record("endpoints", "tls", endpoint, failure, tls=TlsEvidence(endpoint.rpartition(":")[0])),
    ]


def connection(endpoint: str, failure: FailureName | None = None) -> Evidence:
    """A connection to the host itself, in a run without a proxy."""
    operation: Operation = "host_dns" if failure == "unresolvable" else "host_tcp"
    return record("endpoints", operation, endpoint, failure)


def case(evidence: Iterable[Evidence], *, proxy: ProxyAddress | None = PROXY) -> Case:
    """The case of these records; the endpoints are those they name, in the order of the catalogue."""
    records = tuple(evidence)
    named = {e.endpoint for e in records}
    device = known.device("sendpro-c")
    endpoints: tuple[Endpoint, ...] = tuple(e for e in device.endpoints if e.id in named)
    assert {e.id for e in endpoints} == named, "an endpoint that the catalogue does not know"
    return open_case(device, endpoints, proxy, records, known.knowledge())
