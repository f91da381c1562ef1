"""What each stack says, as it was recorded: the requests for a tunnel and the first message inside.

The recordings stand in `tests/recordings/device_stacks/`, one file a stack, and are made anew by `python -m
tests.real.device_stack.recording`. Tests without Java read them: the device files' phrasing and greetings rest on them.
`libcurl-7.39` was recorded by hand: it was built without TLS, from the sources that an old package of another language
brings, and has no greeting.
"""

import sys
import tempfile
from pathlib import Path

import msgspec
from msgspec import Struct

from proxycheck.lab.internet.authority import Authority
from tests.real.device_stack.process import RunningStack, work
from tests.real.device_stack.recorder import CHALLENGE, REFUSAL, SUCCESS, recorder
from tests.real.device_stack.stacks import JAVA_STACKS

FOLDER = Path(__file__).parents[2] / "recordings" / "device_stacks"
HOST = "api.pitneybowes.com"
OTHER_PORT = 5228
USER, PASSWORD = "clerk", "s3cret"


class Recording(Struct, frozen=True, kw_only=True):
    """One stack's words. Requests are text as sent, with `\\r\\n`; `answer_to_407` is the request with credentials, for
    which a stack that sends them unasked waits for no 407. `client_hello` is the TLS record in hexadecimal; its
    random bytes are zeros."""

    stack: str
    tunnel: str
    tunnel_to_other_port: str
    answer_to_407: str | None
    plain: str
    client_hello: str


def load(stack: str) -> Recording:
    """The recording of a stack."""
    return msgspec.json.decode((FOLDER / f"{stack}.json").read_bytes(), type=Recording)


def record(stack: RunningStack, roots: Path) -> Recording:
    """What the running stack says now."""

    def said(url: str, *answers: bytes) -> tuple[list[str], bytes]:
        with recorder(*answers) as (proxy, recorded):
            stack.fetch([work(url, proxy, roots, USER, PASSWORD)])
        return [head.decode("latin-1") for head in recorded[0].heads], recorded[0].first

    tunnel, hello = said(f"https://{HOST}/", SUCCESS)
    challenged, _ = said(f"https://{HOST}/", CHALLENGE, SUCCESS)
    return Recording(
        stack=stack.stack.name,
        tunnel=tunnel[0],
        tunnel_to_other_port=said(f"https://{HOST}:{OTHER_PORT}/", SUCCESS)[0][0],
        answer_to_407=challenged[1] or None,
        plain=said(f"http://{HOST}/path?query", REFUSAL)[0][0],
        client_hello=without_random(hello).hex(),
    )


def without_random(hello: bytes) -> bytes:
    """The record with zeros for the random bytes (RFC 5246 section 7.4.1.2: after five bytes of record header, four of
    message header and two of version)."""
    return hello[:11] + bytes(32) + hello[43:]


def _main() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        roots = Path(folder, "roots.pem")
        roots.write_bytes(Authority.public().root_pem)
        for java in JAVA_STACKS:
            with RunningStack(java) as stack:
                found = msgspec.json.format(msgspec.json.encode(record(stack, roots)), indent=2)
            (FOLDER / f"{java.name}.json").write_bytes(found + b"\n")
            sys.stdout.write(f"{java.name}\n")


if __name__ == "__main__":
    _main()
