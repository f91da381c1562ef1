"""Whether TLS is read: the gravest first, every endpoint under its proof, nothing where none was tried."""

from msgspec import structs

from proxycheck.model.report import Report, TlsReport, TlsVerdict
from tests.report import factory
from tests.report.test_terminal import shown


def _report(*told: tuple[str, TlsVerdict, str]) -> Report:
    endpoints = tuple(
        factory.endpoint(host, 443, tls=TlsReport(verdict, proof, None, None, None, None, None, ()))
        for host, verdict, proof in told
    )
    return structs.replace(factory.compatible(), endpoints=endpoints)


def _section(report: Report, *, verbose: bool = False) -> list[str]:
    text = shown(report, 120, verbose=verbose)
    _, _, rest = text.partition("Is somebody reading TLS?\n")
    return rest.partition("\n\n")[0].splitlines()


def test_endpoints_stand_under_their_proof_the_gravest_first() -> None:
    report = _report(
        ("a.example", "passthrough", "passthrough (proved by its key)"),
        ("b.example", "passthrough", "passthrough (proved by its key)"),
        ("c.example", "inconclusive", "could not tell (because it is cut)"),
        ("d.example", "inspected", "inspected (because it is signed by X)"),
    )
    assert _section(report) == [
        "  1 endpoint d.example:443: inspected (because it is signed by X)",
        "  1 endpoint c.example:443: could not tell (because it is cut)",
        "  2 endpoints a.example:443, b.example:443: passthrough (proved by its key)",
    ]


def test_many_proofs_are_shortened_unless_all_are_asked_for() -> None:
    report = _report(*((f"h{i}.example", "inspected", f"inspected (because {i})") for i in range(6)))
    assert _section(report)[-1] == "  and 2 endpoints for other reasons"
    assert len(_section(report, verbose=True)) == 6


def test_without_tls_there_is_nothing_to_say() -> None:
    assert "reading TLS" not in shown(structs.replace(factory.compatible(), endpoints=()))
