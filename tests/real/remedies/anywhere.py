"""Software that is put between the device and a proxy that the device cannot use."""

from dataclasses import replace

from tests.real.engines import Software
from tests.real.namespaces import PROXY_ADDRESS
from tests.real.programs import PORT
from tests.real.remedies import Repair, pasted
from tests.real.squid import ALLOW_ALL, TLS_LISTENER, squid

_BETWEEN = 8888
"""The port that the told lines open for the device."""
_DANTE = Software(
    "dante",
    f"""
logoutput: $folder/dante.log
internal: {PROXY_ADDRESS} port = {PORT}
external: 10.77.1.2
clientmethod: none
socksmethod: none
user.unprivileged: nobody
client pass {{ from: 0.0.0.0/0 to: 0.0.0.0/0 }}
socks pass {{ from: 0.0.0.0/0 to: 0.0.0.0/0 }}
""",
)
_TLS = squid(TLS_LISTENER, ALLOW_ALL)
_TINYPROXY = 'User tinyproxy\nGroup tinyproxy\nLogFile "$folder/access.log"\n'

REPAIRS = (
    Repair(
        "tinyproxy-before-socks",
        "setup.socks-only",
        "Tinyproxy",
        _DANTE,
        lambda lines: Software("tinyproxy", f"{_TINYPROXY}{pasted(lines)}\n", port=_BETWEEN),
        behind_after=_DANTE,
    ),
    Repair(
        "stunnel-before-tls",
        "setup.https-proxy",
        "stunnel",
        _TLS,
        lambda lines: Software("stunnel", f"foreground = yes\npid =\n{pasted(lines)}\n", port=_BETWEEN),
        behind_after=replace(_TLS),
    ),
)
