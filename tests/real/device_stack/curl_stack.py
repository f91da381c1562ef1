"""libcurl as a Connect+ may have it: credentials at once, TLS 1.2 at most, no ALPN, plain HTTP in absolute form.

It is the system's curl, held to what SUSE Linux Enterprise Desktop 11 has; that system's own, 7.19.7, cannot be had.
"""

import asyncio
from collections.abc import Sequence
from pathlib import Path

from proxycheck.lab.started import StartedScenario
from proxycheck.model.device import Endpoint
from tests.lab.curl import Login, Seen, curl
from tests.real.device_stack.agreement import url

NAME = "libcurl"
_LIMITS = ("--proxy-basic", "--tls-max", "1.2", "--no-alpn", "--curves", "P-256")


def fetch(proxy: StartedScenario, endpoint: Endpoint, patience_s: float) -> Seen:
    """What libcurl makes of the endpoint through the scenario's proxy."""
    login = Login(proxy.user, proxy.password or "") if proxy.user is not None else None
    return fetch_all((proxy.host, proxy.port), [endpoint], proxy.roots, login, patience_s)[0]


def fetch_all(
    proxy: tuple[str, int],
    endpoints: Sequence[Endpoint],
    roots: Path,
    login: Login | None,
    patience_s: float,
    within: Sequence[str] = (),
) -> list[Seen]:
    """What libcurl makes of each endpoint, side by side; `within` as in `curl`."""

    async def fetched() -> list[Seen]:
        address = f"http://{proxy[0]}:{proxy[1]}"
        asked = (curl(address, url(each), roots, login, _LIMITS, patience_s, within) for each in endpoints)
        return list(await asyncio.gather(*asked))

    return asyncio.run(fetched())
