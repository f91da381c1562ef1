"""Reports made by hand: realistic, deterministic, without a network."""

from msgspec import structs

from proxycheck.model.cause import Cause, CauseCode, ProductName, Remedy, Severity
from proxycheck.model.device import Tier
from proxycheck.model.evidence import Evidence, TlsEvidence
from proxycheck.model.failure import Failure
from proxycheck.model.report import (
    SCHEMA,
    AuthReport,
    CheckReport,
    Contact,
    Counts,
    DeviceReference,
    EndpointReport,
    EndpointVerdict,
    ProxyReport,
    Report,
    Run,
    Stage,
    Summary,
    TlsReport,
    Tool,
    Verdict,
)

SQUID = ProductName("Squid", 'header "Via: 1.1 gw (squid/5.7)"')
PEM = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"

_VERDICTS: tuple[EndpointVerdict, ...] = ("pass", "warn", "fail", "inconclusive", "skipped")
_TIERS: tuple[Tier, ...] = ("required", "recommended", "optional")
_PORT_80_REASON = "CONNECT was answered with 403 Forbidden; the same proxy lets 443 of its neighbours through"
_FUNCTIONS = {
    "distservp1.pb.com": "Distributor",
    "decometlb20.pb.com": "Funds (Funds Management & Refills)",
    "ukcometlb12k.pb.com": "Funds (Funds Management & Refills)",
    "dlsdlp1.pb.com": "Rates and Updates (Download Services)",
    "pb-ota.redbend.com": "Rates and Updates (Download Services)",
    "integration.sending.us.pitneybowes.com": "Parcel Shipping",
    "shipping.sending.us.pitneybowes.com": "Parcel Shipping",
}
_PLAIN = {
    "distservp1.pb.com": "Distributor",
    "eureka.pitneybowes.com": "Online Help",
    "connectivitycheck.gstatic.com": "Network Connectivity Test Site used by Android to confirm connectivity",
    "microsoft.com": "PB Web Services Support",
    "mail.o365.pb.com": "PB Web Services Support",
}


def endpoint(
    host: str,
    port: int,
    verdict: EndpointVerdict = "pass",
    *,
    tier: Tier = "required",
    function: str = "Funds",
    causes: tuple[CauseCode, ...] = (),
    reason: str = "the host answered through the tunnel",
    any_of: str | None = None,
    reproduce: tuple[str, ...] = (),
    tls: TlsReport | None = None,
) -> EndpointReport:
    """One endpoint, passing unless told otherwise."""
    return EndpointReport(
        id=f"{host}:{port}",
        host=host,
        port=port,
        scheme="https" if port == 443 else "http" if port == 80 else "tcp",
        tier=tier,
        function=function,
        any_of=any_of,
        verdict=verdict,
        causes=causes,
        reason=reason,
        stages=(Stage("connect", "ok", None, 0.021, 0.4),),
        tls=tls,
        reproduce=reproduce,
    )


def contact(host: str, port: int, reason: str | None = None) -> Contact:
    """Something that was contacted, in the guide unless there is a reason."""
    return Contact(host, port, reason)


def cause(
    code: CauseCode = "connect.port-denied",
    severity: Severity = "blocker",
    *,
    title: str = "The proxy opens tunnels to port 443 only",
    endpoints: tuple[str, ...] = (),
    explanation: str = "The device tunnels everything.",
    because: tuple[str, ...] = (),
    product: ProductName | None = None,
    remedies: tuple[Remedy, ...] = (),
) -> Cause:
    """One cause, a blocker unless told otherwise."""
    return Cause(code, severity, "conclusive", title, explanation, because, endpoints, product, remedies)


def report(
    verdict: Verdict,
    endpoints: tuple[EndpointReport, ...],
    causes: tuple[Cause, ...] = (),
    *,
    checks: tuple[CheckReport, ...] = (),
    evidence: tuple[Evidence, ...] = (),
    username: str | None = None,
    products: tuple[ProductName, ...] = (),
    with_proxy: bool = True,
    interrupted: bool = False,
) -> Report:
    """A whole report, counted from its endpoints."""
    return Report(
        schema=SCHEMA,
        tool=Tool("proxycheck", "0.1.0", "3.11.2", "Linux"),
        run=Run(
            "20260101T000000Z-1",
            "2026-01-01T00:00:00Z",
            "2026-01-01T00:00:03Z",
            3.42,
            interrupted,
            {"device": "sendpro-c"},
        ),
        device=DeviceReference(
            "sendpro-c",
            "SendPro C / SendPro+",
            "Connectivity Guide SV63189-gb Rev. C UK English Edition, 19 August 2020",
        ),
        proxy=_proxy(username, products) if with_proxy else None,
        verdict=verdict,
        summary=Summary(
            _counts(endpoints),
            {tier: _counts(tuple(each for each in endpoints if each.tier == tier)) for tier in _TIERS},
        ),
        causes=causes,
        endpoints=endpoints,
        checks=checks,
        evidence=evidence,
    )


def compatible() -> Report:
    """Everything passes; signed in as a user."""
    secure = (endpoint(host, 443, function=function) for host, function in _FUNCTIONS.items())
    plain = (endpoint(host, 80, function=function) for host, function in _PLAIN.items())
    spare = endpoint(
        "router3.teamviewer.com",
        5938,
        "skipped",
        tier="recommended",
        any_of="teamviewer",
        reason="an alternative of the same group passed",
    )
    enough = endpoint("ping3.teamviewer.com", 443, tier="recommended", function="Remote Access", any_of="teamviewer")
    return report("compatible", (*secure, *plain, spare, enough), username="ACME\\alice", products=(SQUID,))


def port_denied() -> Report:
    """A stock Squid: 443 passes, 80 and 5228 are refused; one optional host is gone."""
    refused = tuple(
        endpoint(
            host,
            80,
            "fail",
            function=function,
            causes=("connect.port-denied",),
            reason=_PORT_80_REASON,
            reproduce=(f"curl -v --proxy http://10.0.0.1:3128 --proxytunnel http://{host}/",),
        )
        for host, function in _PLAIN.items()
    )
    push = endpoint(
        "mobile-gtalk.l.google.com",
        5228,
        "fail",
        tier="recommended",
        function="Google Services",
        causes=("connect.port-denied",),
        reason=_PORT_80_REASON,
    )
    gone = endpoint(
        "r1---sn-8pgbpohxqp5-auol.gvt1.com",
        443,
        "inconclusive",
        tier="optional",
        function="Google Services",
        causes=("connect.upstream-error",),
        reason="the proxy answered 503 Service Unavailable and says that it cannot resolve the name",
    )
    secure = tuple(endpoint(host, 443, function=function) for host, function in _FUNCTIONS.items())
    causes = (
        cause(
            "connect.upstream-error",
            "degraded",
            title="The proxy could not reach one host",
            endpoints=(gone.id,),
        ),
        _port_denied_cause((*(each.id for each in refused), push.id)),
    )
    return report("incompatible", (*secure, *refused, push, gone), causes, products=(SQUID,), evidence=_evidence())


def inspected() -> Report:
    """TLS inspection of every host."""
    tls = TlsReport(
        "inspected",
        "inspected (because one authority that is on no public list signs for unrelated hosts)",
        "TLSv1.2",
        "ECDHE-RSA-AES128-GCM-SHA256",
        "http/1.1",
        "CN=ACME Web Gateway CA",
        "ab" * 32,
        (PEM,),
    )
    endpoints = tuple(
        endpoint(host, 443, "fail", function=function, causes=("tls.inspected",), reason="re-signed", tls=tls)
        for host, function in _FUNCTIONS.items()
    )
    found = cause(
        "tls.inspected",
        title="The proxy opens TLS and signs certificates of its own",
        endpoints=tuple(each.id for each in endpoints),
        remedies=(Remedy("Exempt these hosts from TLS inspection."),),
    )
    return report("incompatible", endpoints, (found,))


def refused_login() -> Report:
    """The proxy refuses user name and password: three hosts were tried, the others were not."""
    title = "The proxy refuses the user name or password"
    endpoints = tuple(
        endpoint(host, 443, "fail" if number < 3 else "skipped", function=function, causes=("auth.rejected",))
        for number, (host, function) in enumerate(_FUNCTIONS.items())
    )
    told = tuple(
        structs.replace(each, reason=title if each.verdict == "fail" else f"not measured: {title}")
        for each in endpoints
    )
    found = cause(
        "auth.rejected",
        title=title,
        endpoints=tuple(each.id for each in told),
        explanation="The credentials were sent once and the proxy asked again. They were not tried a second time.",
        because=("the credentials were sent once and refused (407)",),
        remedies=(Remedy("Check user name and password, and whether the account is locked."),),
    )
    return report("incompatible", told, (found,), username="clerk", products=(SQUID,))


def undecided() -> Report:
    """One required host shows a certificate that nobody can judge; the others pass."""
    title = "A certificate is not valid today"
    secure = tuple(endpoint(host, 443, function=function) for host, function in _FUNCTIONS.items())
    unsure = endpoint(
        "api.pitneybowes.com",
        443,
        "inconclusive",
        function="PB Web Services Support",
        causes=("tls.expired",),
        reason=title,
        tls=TlsReport(
            "inconclusive",
            "could not tell (because the certificate has expired)",
            *("TLSv1.3", "TLS_AES_128_GCM_SHA256", None, "CN=Public CA", "cd" * 32),
            (PEM,),
        ),
    )
    found = cause("tls.expired", "degraded", title=title, endpoints=(unsure.id,))
    return report("inconclusive", (*secure, unsure), (found,))


ALL = (compatible, port_denied, inspected, refused_login, undecided)
"""A good, a port-denied, an inspected, a refused-login and an undecided report."""


def _port_denied_cause(endpoints: tuple[str, ...]) -> Cause:
    return cause(
        endpoints=endpoints,
        explanation="The device sends everything through CONNECT, plain HTTP on port 80 and Google's push "
        "service on port 5228 included. The proxy refuses tunnels to every port but 443, so web services, "
        "online help and the connectivity test of the device fail although a browser works.",
        because=(
            "7 of 7 tunnels to port 443 were opened",
            "6 of 6 tunnels to the ports 80 and 5228 were refused with 403 Forbidden within 0.02 s",
        ),
        product=SQUID,
        remedies=(
            Remedy("Allow CONNECT to the ports 80 and 5228 as well as 443."),
            Remedy(
                "Add the ports to the list that CONNECT may use, above the line that denies the others.",
                "Squid",
                "acl SSL_ports port 443 80 5228\nhttp_access deny CONNECT !SSL_ports",
            ),
        ),
    )


def _evidence() -> tuple[Evidence, ...]:
    failure = Failure("refused-by-peer", "connect", "403 Forbidden")
    return (
        Evidence(
            "e1",
            "endpoints",
            "connect",
            "microsoft.com:80",
            0.5,
            0.02,
            "CONNECT microsoft.com:80 HTTP/1.1\r\n\r\n",
            "HTTP/1.1 403 Forbidden\r\nX: \x1b[2J\xe9\x85\x7f\r\n\r\n",
            "eof",
            failure,
        ),
        Evidence("e2", "endpoints", "tls", "a:443", 0.6, 0.1, "", "", "open", tls=TlsEvidence("a")),
    )


def _proxy(username: str | None, products: tuple[ProductName, ...]) -> ProxyReport:
    auth = AuthReport(("Basic",), "Basic", username) if username else AuthReport()
    return ProxyReport("http://10.0.0.1:3128", "10.0.0.1", auth, products)


def _counts(endpoints: tuple[EndpointReport, ...]) -> Counts:
    passed, warn, fail, inconclusive, skipped = (
        sum(each.verdict == verdict for each in endpoints) for verdict in _VERDICTS
    )
    return Counts(passed, warn, fail, inconclusive, skipped)
