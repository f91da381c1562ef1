"""A page inside TLS that somebody ends for one host alone: whose words it speaks decides what it is."""

import pytest

from proxycheck.diagnosis.judgement import Diagnosis, diagnose
from proxycheck.model.evidence import Evidence
from tests.diagnosis.recorded import case, record
from tests.diagnosis.test_comparisons import (
    GOOGLE,
    HSHH,
    PB,
    PITNEY,
    PRIVATE,
    PUBLIC,
    TRUST,
    _directly,
    _host,
    _seen,
)
from tests.support.chains import END, START, Issued, leaf


def _inside(endpoint: str, head: str, text: str = "") -> Evidence:
    answer = f"HTTP/1.1 {head}\r\nContent-Length: {len(text)}\r\n\r\n{text}"
    return record("endpoints", "http", endpoint, variant="inside-tls", received=answer)


def _heard(endpoint: str, head: str = "200 OK", text: str = "hello") -> Evidence:
    answer = f"HTTP/1.1 {head}\r\nContent-Length: {len(text)}\r\n\r\n{text}"
    return record("endpoints", "http", endpoint, variant="answer-inside-tls", received=answer)


POLICY = "<h1>Access denied</h1><p>This site is blocked by company policy"
FORBIDDEN = "<h1>Forbidden</h1><p>You don't have permission to access / on this server."
FILTER = leaf(PRIVATE, _host(PB), start=START, end=END)


def _one_host_shows(*inside: Evidence, heard: str = "hello", directly: Issued | None = None) -> Diagnosis:
    public = [leaf(PUBLIC, _host(host), start=START, end=END) for host in (PITNEY, GOOGLE, HSHH, PB)]
    reached = [
        each
        for host, own in zip((PITNEY, GOOGLE, HSHH), public, strict=False)
        for each in (*_seen(host, own, PUBLIC), _heard(host, text=heard))
    ]
    outside = (_directly(PB, directly, PRIVATE),) if directly else (_directly(PB, public[-1], PUBLIC),)
    return diagnose(case([*_seen(PB, FILTER, PRIVATE), *inside, *reached, *outside]), TRUST)


@pytest.mark.parametrize(
    ("head", "text"),
    [
        ("403 Forbidden", POLICY),
        ("200 OK", POLICY),
        ("302 Found\r\nLocation: https://gate.corp.example/blocked?u=x", ""),
    ],
)
def test_a_denial_inside_the_tls_of_one_host_alone_is_a_block_page(head: str, text: str) -> None:
    causes = _one_host_shows(_inside(PB, head, text)).causes
    assert [(c.code, c.confidence, c.endpoints) for c in causes] == [("tunnel.block-page", "strong", (PB,))]


@pytest.mark.parametrize(
    ("head", "text"),
    [
        ("403 Forbidden", FORBIDDEN),
        ("403 Forbidden\r\nServer: AkamaiGHost", POLICY),
        ("200 OK", "<h1>Welcome</h1>"),
        ("302 Found\r\nLocation: https://www.pitneybowes.com/blocked", ""),
        ("302 Found\r\nLocation: https://gate.corp.example/login", ""),
    ],
)
def test_what_the_host_may_have_said_itself_is_read_by_somebody(head: str, text: str) -> None:
    causes = _one_host_shows(_inside(PB, head, text)).causes
    assert [(c.code, c.endpoints) for c in causes] == [("tls.inspected", (PB,))]


def test_nothing_inside_the_tls_of_one_host_denies_nothing() -> None:
    silent = record("endpoints", "http", PB, "timeout", variant="inside-tls")
    assert [c.code for c in _one_host_shows(silent).causes] == ["tls.inspected"]


def test_what_hosts_say_that_are_reached_is_no_filters_denial() -> None:
    causes = _one_host_shows(_inside(PB, "403 Forbidden", POLICY), heard=POLICY).causes
    assert [c.code for c in causes] == ["tls.inspected"]


def test_a_denial_that_comes_without_the_proxy_as_well_is_not_the_proxys() -> None:
    causes = _one_host_shows(_inside(PB, "403 Forbidden", POLICY), directly=FILTER).causes
    assert [c.code for c in causes] == ["tls.untrusted"]
    assert "without the proxy" in " ".join(causes[0].because)
