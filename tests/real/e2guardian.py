"""Configurations of e2guardian 5.3, in front of a proxy of its own."""

from dataclasses import replace

from tests.real.engines import Software
from tests.real.squid import squid

BEHIND = 3129
"""The port of the proxy that e2guardian passes requests on to."""

_SETTINGS = f"""
nodaemon = on
filterip = 10.77.0.1
filterports = 3128
proxyip = 10.77.0.1
proxyport = {BEHIND}
httpworkers = 200
loglocation = '$folder/access.log'
pidfilename = '$folder/e2guardian.pid'
"""


def e2guardian(*settings: str, **files: str) -> Software:
    """e2guardian with these settings and these lines added to its lists."""
    return Software("e2guardian", "\n".join((_SETTINGS.strip(), *settings)), files)


def behind(*rules: str, **files: str) -> Software:
    """The Squid that e2guardian passes requests on to."""
    return replace(squid(f"http_port 10.77.0.1:{BEHIND}", *rules, **files), port=BEHIND)
