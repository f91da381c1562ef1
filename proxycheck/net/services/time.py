"""Asks a time server for the time (UDP 123), recorded as `network_time`; `proxycheck.wire.sntp` reads the answer."""

import secrets

from proxycheck.model.failure import Failure
from proxycheck.model.questions import CheckId
from proxycheck.model.target import Target
from proxycheck.net.failures import ended_by, failure_of
from proxycheck.net.services import datagram
from proxycheck.net.trace import Trace
from proxycheck.wire.sntp import NONCE_BYTES, PORT, read_time, time_request

WAIT_S = 1.5
"""For each of two tries."""


async def ask_time(trace: Trace, check: CheckId, host: str, address: str | None) -> None:
    """Asks the server called `host` at `address`; without one, records that its name is not known here."""
    recorder = trace.begin(check, "network_time", Target(host, PORT).id)
    if address is None:
        recorder.finish("closed", Failure("unresolvable", "network_time", f"{host} has no address here"))
        return
    nonce = secrets.token_bytes(NONCE_BYTES)
    request = time_request(nonce)
    recorder.sent(request)
    try:
        answer = await datagram.ask(address, PORT, request, lambda data: read_time(data, nonce) is not None, WAIT_S)
    except OSError as error:
        failure = failure_of(error, "network_time")
        recorder.finish(ended_by(failure), failure, note=address)
        return
    recorder.received(answer)
    recorder.finish("closed", note=address)
