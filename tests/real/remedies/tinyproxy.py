"""Tinyproxy 1.11, put right."""

from collections.abc import Callable

from tests.real.engines import Software
from tests.real.namespaces import GOOD_RESOLVER
from tests.real.remedies import Repair, pasted
from tests.real.resolver import NXDOMAIN_FOR_ALL
from tests.real.scenarios import Login
from tests.real.tinyproxy import tinyproxy

_OTHERS = "192.168.0.0/16"
_FILTERS = ('Filter "$folder/filter"', "FilterType ere", "FilterDefaultDeny Yes")
_SOME = r"(pb|pitneybowes|google|teamviewer)\.com$$" + "\n"
_SOME_IN_URLS = r"(pb|pitneybowes|google|teamviewer)\.com" + "\n"
_FNMATCH = ('Filter "$folder/filter"', "FilterType fnmatch", "FilterDefaultDeny Yes")
_SOME_OF_CONNECTPLUS = r"(pb|pitneybowes|google|teamviewer|boxoh)\.com$$" + "\n" + r"^ftp\.novell\.com$$" + "\n"
_CLERK = Login("clerk", "k9bc7")
_PASSWORD = "BasicAuth clerk k9bc7"


def _added(*parts: str, allowed: str = "10.0.0.0/8") -> Callable[[str], Software]:
    """The told lines after these."""
    return lambda lines: tinyproxy(*parts, pasted(lines), allowed=allowed)


def _without(lines: str, *characters: str) -> str:
    """The told lines without these characters, as their sentence says."""
    return lines.translate(dict.fromkeys(map(ord, "".join(characters))))


def _crowded(limit: str) -> Software:
    """The base of all configurations allows 200 clients."""
    whole = tinyproxy()
    return Software("tinyproxy", whole.configuration.replace("MaxClients 200", limit))


def _impatient(limit: str) -> Software:
    whole = tinyproxy()
    return Software("tinyproxy", whole.configuration.replace("Timeout 30", limit))


REPAIRS = (
    Repair(
        "tinyproxy-ports", "connect.port-denied", "Tinyproxy", tinyproxy("ConnectPort 443"), _added("ConnectPort 443")
    ),
    Repair("tinyproxy-no-connect", "connect.method-denied", "Tinyproxy", tinyproxy("ConnectPort 0"), _added()),
    Repair("tinyproxy-client", "connect.all-denied", "Tinyproxy", tinyproxy(allowed=_OTHERS), _added(allowed=_OTHERS)),
    Repair(
        "tinyproxy-host",
        "connect.host-denied",
        "Tinyproxy",
        tinyproxy(*_FILTERS, filter=_SOME),
        lambda lines: tinyproxy(*_FILTERS, filter=f"{_SOME}{pasted(lines)}\n"),
    ),
    Repair(
        "tinyproxy-host-by-shell-pattern",
        "connect.host-denied",
        "Tinyproxy",
        tinyproxy(*_FNMATCH, filter="*.pb.com\n*.google.com\n"),
        lambda lines: tinyproxy(*_FNMATCH, filter=f"*.pb.com\n*.google.com\n{_without(lines, '^$', chr(92))}\n"),
    ),
    Repair(
        "tinyproxy-host-by-url",
        "connect.host-denied",
        "Tinyproxy",
        tinyproxy(*_FILTERS, "FilterURLs On", filter=_SOME_IN_URLS),
        lambda lines: tinyproxy(*_FILTERS, "FilterURLs On", filter=f"{_SOME_IN_URLS}{_without(lines, '^$')}\n"),
    ),
    Repair(
        "tinyproxy-host-refused",
        "connect.host-denied",
        "Tinyproxy",
        tinyproxy('Filter "$folder/filter"', filter="amazonaws\nexample\n"),
        lambda _: tinyproxy('Filter "$folder/filter"', filter="example\n"),
        number=1,
    ),
    Repair(
        "tinyproxy-page-refused",
        "http.block-page",
        "Tinyproxy",
        tinyproxy('Filter "$folder/filter"', filter="^www.novell.com$$\nexample\n"),
        lambda _: tinyproxy('Filter "$folder/filter"', filter="example\n"),
        number=1,
        device="connectplus",
        arguments=("--tier", "required"),
    ),
    Repair(
        "tinyproxy-page",
        "http.block-page",
        "Tinyproxy",
        tinyproxy(*_FILTERS, filter=_SOME_OF_CONNECTPLUS),
        lambda lines: tinyproxy(*_FILTERS, filter=f"{_SOME_OF_CONNECTPLUS}{pasted(lines)}\n"),
        device="connectplus",
        arguments=("--tier", "required"),
    ),
    Repair("tinyproxy-password", "auth.required", "Tinyproxy", tinyproxy(_PASSWORD), _added(allowed=_OTHERS)),
    Repair(
        "tinyproxy-hangs-up",
        "auth.connection-closed",
        "Tinyproxy",
        tinyproxy(_PASSWORD),
        _added(allowed=_OTHERS),
        login=_CLERK,
    ),
    Repair(
        "tinyproxy-names",
        "connect.dns-failure",
        "Tinyproxy",
        tinyproxy(resolver=NXDOMAIN_FOR_ALL),
        lambda lines: tinyproxy(
            resolver=lines.replace("ADDRESS-OF-A-RESOLVER", GOOD_RESOLVER).removeprefix("nameserver ")
        ),
    ),
    Repair(
        "tinyproxy-idle",
        "tunnel.idle-timeout",
        "Tinyproxy",
        _impatient("Timeout 2"),
        _impatient,
        arguments=("--only", "distservp1.pb.com:*", "--idle", "4"),
        canary=True,
    ),
    Repair(
        "tinyproxy-few-at-once",
        "tunnel.concurrency",
        "Tinyproxy",
        _crowded("MaxClients 12"),
        _crowded,
        arguments=("--only", "distservp1.pb.com:*", "--idle", "1"),
        canary=True,
    ),
)
