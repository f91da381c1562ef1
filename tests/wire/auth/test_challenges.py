"""Every way in which proxies are known to write a challenge, and hostile ones."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxycheck.wire.auth.challenge import Challenge
from proxycheck.wire.auth.challenges import CHALLENGE_LIMIT, LINE_LIMIT, read_challenges

FIELD = b"Proxy-Authenticate"


def read(*lines: bytes) -> tuple[Challenge, ...]:
    return read_challenges([(FIELD, line) for line in lines])


def shape(line: bytes) -> list[tuple[str, str | None, dict[str, str], set[str]]]:
    return [(c.scheme, c.token68, dict(c.parameters), set(c.deviations)) for c in read(line)]


WELL_FORMED = [
    (b'Basic realm="x"', [("Basic", None, {"realm": "x"}, set())]),
    (b'BASIC   realm="x"', [("BASIC", None, {"realm": "x"}, set())]),
    (b'basic\tREALM="x"', [("basic", None, {"realm": "x"}, set())]),
    (b'Basic realm=""', [("Basic", None, {"realm": ""}, set())]),
    (b'Basic realm="a, b=c \\"d\\" \\\\ e"', [("Basic", None, {"realm": 'a, b=c "d" \\ e'}, set())]),
    (b'Basic realm="x" , charset=UTF-8', [("Basic", None, {"realm": "x", "charset": "UTF-8"}, set())]),
    (b'Basic charset="UTF-8",realm="x"', [("Basic", None, {"charset": "UTF-8", "realm": "x"}, set())]),
    (b"NTLM", [("NTLM", None, {}, set())]),
    (b"NTLM TlRMTVNTUAACAAA=", [("NTLM", "TlRMTVNTUAACAAA=", {}, set())]),
    (b"Negotiate oYG2==, NTLM", [("Negotiate", "oYG2==", {}, set()), ("NTLM", None, {}, set())]),
    (
        b'NEGOTIATE,NTLM,BASIC realm="abc"',
        [("NEGOTIATE", None, {}, set()), ("NTLM", None, {}, set()), ("BASIC", None, {"realm": "abc"}, set())],
    ),
    (
        b', ,Digest realm="r", nonce="n", qop="auth,auth-int",algorithm=MD5 ,,Basic realm="b",',
        [
            ("Digest", None, {"realm": "r", "nonce": "n", "qop": "auth,auth-int", "algorithm": "MD5"}, set()),
            ("Basic", None, {"realm": "b"}, set()),
        ],
    ),
]

DEVIATING = [
    (b"Basic", [("Basic", None, {}, {"no-realm"})]),
    (b"", []),
    (b" ,\t, ", []),
    (b"Basic realm=x", [("Basic", None, {"realm": "x"}, {"unquoted-realm"})]),
    (b"Basic realm=", [("Basic", None, {"realm": ""}, {"empty-value"})]),
    (
        b"Basic realm=Squid proxy-caching web server",
        [("Basic", None, {"realm": "Squid proxy-caching web server"}, {"unquoted-realm"})],
    ),
    (
        b"Basic realm=Squid proxy NTLM",
        [
            ("Basic", None, {"realm": "Squid proxy"}, {"unquoted-realm"}),
            ("NTLM", None, {}, {"missing-comma"}),
        ],
    ),
    (b'Basic realm = "x"', [("Basic", None, {"realm": "x"}, {"space-around-equals"})]),
    (b'Basic, realm="x"', [("Basic", None, {"realm": "x"}, {"comma-after-scheme"})]),
    (
        b'Basic realm="x" charset="UTF-8"',
        [("Basic", None, {"realm": "x", "charset": "UTF-8"}, {"missing-comma"})],
    ),
    (
        b'Negotiate NTLM Basic realm="x"',
        [
            ("Negotiate", None, {}, set()),
            ("NTLM", None, {}, {"missing-comma"}),
            ("Basic", None, {"realm": "x"}, {"missing-comma"}),
        ],
    ),
    (
        b'Basic realm="x" Unheard realm="y"',
        [
            ("Basic", None, {"realm": "x"}, set()),
            ("Unheard", None, {"realm": "y"}, {"missing-comma"}),
        ],
    ),
    (b'realm="x"', [("", None, {"realm": "x"}, {"no-scheme"})]),
    (b'Basic realm="x', [("Basic", None, {"realm": "x"}, {"unterminated-quote"})]),
    (b'Basic realm="x\\', [("Basic", None, {"realm": "x\\"}, {"unterminated-quote"})]),
    (b'Basic realm="x", realm="y"', [("Basic", None, {"realm": "y"}, {"repeated-parameter"})]),
    (b'Basic realm="a\0b"', [("Basic", None, {"realm": "a\0b"}, {"odd-bytes"})]),
    (b'Ba(sic) realm="x"', [("Ba(sic)", None, {"realm": "x"}, {"odd-scheme"})]),
    (b'Basic "x"', [("Basic", None, {}, {"no-realm", "stray-text"})]),
    (b'"x" = Basic', [("", None, {}, {"no-scheme", "stray-text"}), ("Basic", None, {}, {"no-realm", "missing-comma"})]),
    (
        b'Digest realm="Customer "proxy"", nonce="n"',
        [("Digest", None, {"realm": 'Customer "proxy"', "nonce": "n"}, {"unescaped-quote"})],
    ),
    (b'Basic realm="x"charset="y"', [("Basic", None, {"realm": "x", "charset": "y"}, {"missing-comma"})]),
    (b'Basic realm="x"""y', [("Basic", None, {"realm": "x"}, {"stray-text"}), ("y", None, {}, {"missing-comma"})]),
    (b'Basic\r\n realm="x"', [("Basic", None, {"realm": "x"}, {"folded"})]),
    (b'Digest realm="r", nonce=ab/c==', [("Digest", None, {"realm": "r", "nonce": "ab/c=="}, {"unquoted-value"})]),
    (b'Basic realm="f\xfcr \xc3\xbc"', [("Basic", None, {"realm": "f\xfcr \xc3\xbc"}, set())]),
]


@pytest.mark.parametrize(("line", "expected"), WELL_FORMED + DEVIATING)
def test_reads_what_was_meant(line: bytes, expected: list[tuple[str, str | None, dict[str, str], set[str]]]) -> None:
    assert shape(line) == expected


def test_lines_keep_their_place_among_all_fields() -> None:
    headers = [(b"Server", b"x"), (b"proxy-AUTHENTICATE", b"NTLM"), (b"Via", b"y"), (FIELD, b'Basic realm="r"')]
    found = read_challenges(headers)
    assert [(c.name, c.line, c.raw) for c in found] == [("ntlm", 1, "NTLM"), ("basic", 3, 'Basic realm="r"')]
    assert found[1].parameter("realm") == "r"
    assert found[1].parameter("nonce") is None


def test_another_field_can_be_read() -> None:
    headers = [(b"WWW-Authenticate", b'Basic realm="r"'), (FIELD, b"NTLM")]
    assert [c.name for c in read_challenges(headers, b"www-authenticate")] == ["basic"]


def test_raw_parts_are_the_line() -> None:
    found = read(b'Negotiate, Digest realm="a, b", nonce="n" , Basic realm="c"')
    assert [c.raw for c in found] == ["Negotiate", 'Digest realm="a, b", nonce="n"', 'Basic realm="c"']


def test_a_redacted_token_is_still_a_token() -> None:
    assert shape(b'NTLM <redacted> (312 characters), Basic realm="x"') == [
        ("NTLM", "<redacted> (312 characters)", {}, set()),
        ("Basic", None, {"realm": "x"}, set()),
    ]


def test_length_is_limited() -> None:
    (challenge,) = read(b'Basic realm="' + b"x" * LINE_LIMIT + b'"')
    assert {"cut", "unterminated-quote"} <= set(challenge.deviations)
    many = read(b"a," * 5000)
    assert len(many) == CHALLENGE_LIMIT
    assert many[-1].deviations == ("cut",)


@pytest.mark.parametrize(
    "unit",
    [
        b"a ",
        b"a,",
        b"a=",
        b'"',
        b'\\"',
        b'"\\',
        b" ",
        b'a="',
        b"a=b ",
        b'a="b" ',
        b"= ",
        b"==",
        b"a a=",
        b", ",
        b"a\t",
        b"\0",
    ],
)
@pytest.mark.parametrize("start", [b"", b"Basic ", b"Basic realm=", b'Basic realm="'])
@pytest.mark.slow
def test_hostile_lines_take_linear_time(start: bytes, unit: bytes) -> None:
    line = start + unit * (LINE_LIMIT // len(unit))
    begin = time.process_time()
    read(line)
    assert time.process_time() - begin < 0.5


@given(st.binary(max_size=200) | st.text('Basicrelm="\\, =NT/+', max_size=120).map(str.encode))
def test_never_fails_and_loses_no_part(line: bytes) -> None:
    found = read(line)
    assert [c.line for c in found] == [0] * len(found)
    rest = line.decode("iso-8859-1")
    for challenge in found:
        assert challenge.name == challenge.scheme.lower()
        before, raw, rest = rest.partition(challenge.raw)
        assert raw == challenge.raw
        assert not before.strip(" \t\r\n,")
    assert not rest.strip(" \t\r\n,")


TOKENS = st.text("abcXYZ019-_", min_size=1, max_size=8).filter(lambda word: word.lower() != "realm")
QUOTABLE = st.text(st.characters(min_codepoint=0x20, max_codepoint=0xFF, exclude_characters="\x7f"), max_size=20)


@given(st.lists(st.tuples(TOKENS, QUOTABLE, st.lists(st.tuples(TOKENS, QUOTABLE), max_size=3)), min_size=1, max_size=4))
def test_well_formed_challenges_survive_the_round_trip(
    challenges: list[tuple[str, str, list[tuple[str, str]]]],
) -> None:
    def quoted(text: str) -> str:
        return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'

    meant = [(scheme, [("realm", realm), *others]) for scheme, realm, others in challenges]
    parts = [f"{scheme} " + ", ".join(f"{k}={quoted(v)}" for k, v in values) for scheme, values in meant]
    found = read(", ".join(parts).encode("iso-8859-1"))
    assert [(c.scheme, [(k, v) for k, v in c.parameters]) for c in found] == [
        (scheme, [(k.lower(), v) for k, v in values]) for scheme, values in meant
    ]
    assert all(set(c.deviations) <= {"repeated-parameter"} for c in found)
