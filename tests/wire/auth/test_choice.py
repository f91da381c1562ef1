"""Which challenge is taken, and that every scheme keeps to the protocol."""

import pytest

from proxycheck.model.target import Credentials, Target
from proxycheck.wire.auth.challenges import read_challenges
from proxycheck.wire.auth.choice import STRONGEST_FIRST, SchemeName, choose, open_scheme

OFFER = [
    (b"Proxy-Authenticate", b"Bearer, Negotiate"),
    (b"Proxy-Authenticate", b'Basic realm="b"'),
    (b"Proxy-Authenticate", b'Digest realm="1", nonce="n", algorithm=SHA3-512, Digest realm="2", nonce="n"'),
]


@pytest.mark.parametrize(
    ("allowed", "expected"),
    [
        (STRONGEST_FIRST, "Negotiate"),
        (("basic",), 'Basic realm="b"'),
        (("ntlm", "digest", "basic"), 'Digest realm="2", nonce="n"'),
        (("ntlm",), None),
        ((), None),
    ],
)
def test_the_callers_order_decides(allowed: tuple[str, ...], expected: str | None) -> None:
    chosen = choose(read_challenges(OFFER), allowed)
    assert (chosen and chosen.raw) == expected


@pytest.mark.parametrize(
    ("name", "per_connection", "first"),
    [("basic", False, True), ("digest", False, False), ("ntlm", True, True), ("negotiate", True, True)],
)
def test_every_scheme_opens(name: SchemeName, per_connection: bool, first: bool) -> None:
    scheme = open_scheme(name, Credentials("user", "Password"), proxy_host="proxy.example", cnonce="c0ffee")
    assert (scheme.name, scheme.per_connection, scheme.awaits_challenge) == (name, per_connection, False)
    answer = scheme.answer(None, Target("example.com", 443))
    assert isinstance(answer, str) is first
    assert scheme.awaits_challenge is per_connection
