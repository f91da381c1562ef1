"""libcurl as a Connect+ may have it: credentials at once, TLS 1.2 at most, no ALPN, plain HTTP in absolute form.

It is the system's curl, held to what SUSE Linux Enterprise Desktop 11 has; that system's own, 7.19.7, cannot be had.
"""

import asyncio
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
    return asyncio.run(_fetch(f"http://{proxy.host}:{proxy.port}", endpoint, proxy.roots, login, patience_s))


async def _fetch(proxy: str, endpoint: Endpoint, roots: Path, login: Login | None, patience_s: float) -> Seen:
    return await curl(proxy, url(endpoint), roots, login, _LIMITS, patience_s)
