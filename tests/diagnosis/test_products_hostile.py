"""What comes from the wire may be written to hurt: searching it stays quick, quoting it stays harmless."""

import time
from collections.abc import Callable
from functools import partial

import pytest

from proxycheck.diagnosis.products.naming import is_block_page, recognise_authority, recognise_reply
from proxycheck.diagnosis.products.signals import BODY_LIMIT, FIELDS_LIMIT, LINE_LIMIT, Certificate, ProxyAnswer, found
from proxycheck.diagnosis.shape import shape
from proxycheck.diagnosis.upstream_words import page_begins, reason_in
from proxycheck.model.files.knowledge import Signal
from proxycheck.wire.http.reply import read_reply
from tests.support import known
from tests.support.answers import answer

PRODUCTS = known.knowledge().products
SIGNALS = [signal for product in PRODUCTS for signal in (*product.signals, *product.authorities)]
PATTERNS = sorted({signal.pattern: signal for signal in SIGNALS if signal.match == "regex"}.items())
FIELD_NAMES = ("Via", "Server", "Proxy-Agent", "Proxy-Authenticate", "WWW-Authenticate", "Location", "X-Cache")
_PATTERN_CPU_LIMIT_S = 0.25
_ANSWER_CPU_LIMIT_S = 0.5
"""Far above the few milliseconds it takes; a pattern that backtracks takes minutes."""


def _cpu_s(work: Callable[[], object]) -> float:
    before = time.thread_time()
    work()
    return time.thread_time() - before


def _filled(text: str, size: int) -> str:
    return (text * (size // len(text) + 1))[:size]


def _look(signal: Signal, text: str) -> str | None:
    if signal.where in ("issuer", "subject"):
        name = text if signal.attribute is None else f"{signal.attribute}={text}"
        return found(signal, Certificate(name, name))
    value = f'Basic realm="{text}"' if signal.where == "realm" else text
    headers = tuple((name, value) for name in (signal.header or "Location", "Proxy-Authenticate"))
    return found(signal, ProxyAnswer(text, headers, f"<title>{text}" if signal.where == "title" else text))


@pytest.mark.parametrize(("pattern", "signal"), PATTERNS, ids=[pattern for pattern, _ in PATTERNS])
def test_no_pattern_backtracks(pattern: str, signal: Signal) -> None:
    example = signal.example
    for text in (*(example[:end] for end in range(1, len(example) + 1, 5)), pattern, "a", " ", "0", "("):
        assert _cpu_s(partial(_look, signal, _filled(text, BODY_LIMIT))) < _PATTERN_CPU_LIMIT_S, text


@pytest.mark.parametrize(
    "text", ["<title", "<title>", "<", "A", " ", "\x00", "realm=", 'realm="', ",", "=", "(", "http://"]
)
def test_a_hostile_answer_is_searched_quickly(text: str) -> None:
    line, body = _filled(text, LINE_LIMIT * 4), _filled(text, BODY_LIMIT * 4)
    headers = tuple((name, line) for name in FIELD_NAMES) * FIELDS_LIMIT
    assert _cpu_s(lambda: recognise_reply(PRODUCTS, line, headers, body)) < _ANSWER_CPU_LIMIT_S
    assert _cpu_s(lambda: is_block_page(PRODUCTS, line, headers, body)) < _ANSWER_CPU_LIMIT_S


@pytest.mark.parametrize(
    "text",
    ["connect", "request ", "read timed ", "resolv", "look up ", "dns_", "<style", "<style>", "<", "%2525", "&amp;"],
)
def test_the_reason_in_a_hostile_page_is_searched_quickly(text: str) -> None:
    page = read_reply("CONNECT", answer(502, _filled(text, BODY_LIMIT)), closed=True)
    assert len(page.body) == BODY_LIMIT
    for search in (reason_in, page_begins, lambda reply: shape(reply, "www.pb.com/generate_204?a=b")):
        assert _cpu_s(partial(search, page)) < _ANSWER_CPU_LIMIT_S


@pytest.mark.parametrize(
    "text", ["CN=", "CN=a,", "\\", "\\,", "\\4", "\\41", "+", "=", ",", "a", "1.2.840.113549.1.9.1=x+"]
)
def test_a_hostile_certificate_is_searched_quickly(text: str) -> None:
    name = _filled(text, BODY_LIMIT)
    assert _cpu_s(lambda: recognise_authority(PRODUCTS, name, name)) < _ANSWER_CPU_LIMIT_S


def test_what_lies_beyond_the_limits_is_not_read() -> None:
    page = "FortiGuard Intrusion Prevention - Access Blocked"
    assert recognise_reply(PRODUCTS, "", (), " " * (BODY_LIMIT - len(page)) + page) != ()
    assert recognise_reply(PRODUCTS, "", (), " " * (BODY_LIMIT - len(page) + 1) + page) == ()
    squid = ("X-Squid-Error", "ERR_ACCESS_DENIED 0")
    assert recognise_reply(PRODUCTS, "", (("A", "b"),) * (FIELDS_LIMIT - 1) + (squid,), "") != ()
    assert recognise_reply(PRODUCTS, "", (("A", "b"),) * FIELDS_LIMIT + (squid,), "") == ()


@pytest.mark.parametrize(
    "evil", ["\x1b[2J\x07", "\u202e\u2066", "\u200b\ufeff", "\x85\x9b31m", "\r\nVerdict: fine", "[bold red]"]
)
def test_the_evidence_is_printable_and_short(evil: str) -> None:
    seen = (
        *recognise_reply(PRODUCTS, "", (("Via", f"1.1 {evil * 50} (squid/6)"),), ""),
        *recognise_reply(PRODUCTS, "", (("Location", f"http://notify.bluecoat.com/{evil * 50}"),), ""),
        *recognise_authority(PRODUCTS, f"CN=Sophos SSL CA_{evil * 50}", "CN=a"),
    )
    assert [recognition.name for recognition in seen] == [
        "Squid",
        "Blue Coat / Symantec / Broadcom ProxySG",
        "Sophos (UTM/Astaro, XG/Firewall)",
    ]
    for recognition in seen:
        assert recognition.because.isprintable()
        assert len(recognition.because) <= 200
