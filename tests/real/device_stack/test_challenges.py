"""Which challenges the platform's stack answers, beside what `device_reads_basic` says of the same lines."""

from pathlib import Path

import pytest

from proxycheck.wire.auth.device_dialect import device_reads_basic
from tests.real.device_stack.process import RunningStack, work
from tests.real.device_stack.recorder import REFUSAL, recorder
from tests.real.device_stack.recording import HOST, PASSWORD, USER

pytestmark = pytest.mark.real
LINES: dict[str, tuple[bytes, ...]] = {
    "plain": (b'Proxy-Authenticate: Basic realm="x"',),
    "no-challenge": (),
    "small-letters": (b'proxy-authenticate: basic realm="x"',),
    "capitals": (b'PROXY-AUTHENTICATE: BASIC REALM="x"',),
    "no-realm": (b"Proxy-Authenticate: Basic",),
    "empty-realm": (b'Proxy-Authenticate: Basic realm=""',),
    "unquoted": (b"Proxy-Authenticate: Basic realm=x",),
    "single-quotes": (b"Proxy-Authenticate: Basic realm='x'",),
    "unterminated": (b'Proxy-Authenticate: Basic realm="x',),
    "charset-first": (b'Proxy-Authenticate: Basic charset="UTF-8", realm="x"',),
    "charset-last": (b'Proxy-Authenticate: Basic realm="x", charset="UTF-8"',),
    "comma-in-realm": (b'Proxy-Authenticate: Basic realm="x, y"',),
    "quote-in-realm": (b'Proxy-Authenticate: Basic realm="x \\"y\\""',),
    "comma-after-scheme": (b'Proxy-Authenticate: Basic, realm="x"',),
    "blank-equals": (b'Proxy-Authenticate: Basic realm = "x"',),
    "two-blanks": (b'Proxy-Authenticate: Basic  realm="x"',),
    "tab": (b'Proxy-Authenticate: Basic\trealm="x"',),
    "blank-and-tab": (b'Proxy-Authenticate: Basic \trealm="x"',),
    "no-blank-after-colon": (b'Proxy-Authenticate:Basic realm="x"',),
    "blank-before-colon": (b'Proxy-Authenticate : Basic realm="x"',),
    "folded": (b"Proxy-Authenticate: Basic", b' realm="x"'),
    "ntlm-alone": (b"Proxy-Authenticate: NTLM",),
    "ntlm-then-basic": (b"Proxy-Authenticate: NTLM", b'Proxy-Authenticate: Basic realm="x"'),
    "basic-then-ntlm": (b'Proxy-Authenticate: Basic realm="x"', b"Proxy-Authenticate: NTLM"),
    "one-line-basic-first": (b'Proxy-Authenticate: Basic realm="x", NTLM',),
    "one-line-basic-last": (b'Proxy-Authenticate: NTLM, Basic realm="x"',),
    "one-line-digest-first": (b'Proxy-Authenticate: Digest realm="x", Basic realm="x"',),
    "one-line-digest-with-nonce": (b'Proxy-Authenticate: Digest realm="x", nonce="n", Basic realm="x"',),
    "of-an-origin": (b'WWW-Authenticate: Basic realm="x"',),
}


def parsed(lines: tuple[bytes, ...]) -> tuple[tuple[bytes, bytes], ...]:
    """The header as a reply's reader hands it on: names as they came, folded lines with their line break."""
    unfolded = b"\n".join(lines).replace(b"\n ", b"\r\n ").split(b"\n") if lines else []
    joined: list[bytes] = []
    for line in unfolded:
        if line.startswith(b" ") and joined:
            joined[-1] += b"\n" + line
        else:
            joined.append(line.rstrip(b"\r"))
    return tuple((name, value) for name, _, value in (line.partition(b":") for line in joined))


@pytest.mark.parametrize("stack", ["android-7.0", "android-9"])
@pytest.mark.parametrize("name", LINES)
def test_the_parser_answers_what_the_stack_answers(
    running_stacks: dict[str, RunningStack], tmp_path: Path, stack: str, name: str
) -> None:
    fields = b"".join(line + b"\r\n" for line in LINES[name])
    challenge = b"HTTP/1.1 407 Proxy Authentication Required\r\n" + fields + b"Content-Length: 0\r\n\r\n"
    roots = tmp_path / "roots.pem"
    roots.touch()
    with recorder(challenge, REFUSAL) as (proxy, recorded):
        seen = running_stacks[stack].fetch([work(f"https://{HOST}/", proxy, roots, USER, PASSWORD)])[0]
    answered = b"Proxy-Authorization: Basic " in b"".join(recorded[0].heads)
    expected = device_reads_basic(parsed(LINES[name])).verdict != "fatal"
    assert answered == expected, str(seen)
