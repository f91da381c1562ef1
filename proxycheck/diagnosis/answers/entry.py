"""What to enter on the device's own screens, or why nothing will do: the last word of a report."""

from collections.abc import Sequence

from proxycheck.model.cause import Cause
from proxycheck.model.device import Device, ProxySupport
from proxycheck.model.report import CredentialsAnswer, DeviceField, DeviceSettings, PacReport, Verdict
from proxycheck.model.target import ProxyAddress
from proxycheck.wire.address import parse_target
from proxycheck.wire.command_line import quote

_GENERIC = ("Host", "Port", "User", "Password")
_BOX = ": [x]"
_PASSWORD = "the one given to this check"  # noqa: S105  in its place
_SELECTED = "selected"
_NOT_ASKED = (
    "The proxy asked for no user name and password in this test, so they are untested. If it remembers this computer "
    "from an earlier login, or knows its address, it will ask the device: then test from a computer that it has not "
    "seen yet."
)
_NO_SCREENS = "The guide does not show the device's screens; the names of the fields may differ."


def device_settings(
    support: ProxySupport,
    proxy: ProxyAddress | None,
    address: str | None,
    username: str | None,
    credentials: CredentialsAnswer | None,
    verdict: Verdict,
    causes: Sequence[Cause],
) -> DeviceSettings:
    """For a run through a proxy: its address in the fields of the device's screens, where the verdict allows it.
    `credentials` is what became of those that were given."""
    if proxy is None:
        return DeviceSettings(note="No proxy was tested: leave the device's proxy setting off.")
    blockers = [cause.title.rstrip(".") for cause in causes if cause.severity == "blocker"]
    if verdict == "incompatible":
        return DeviceSettings(reason=f"Nothing will do as long as this holds: {'; '.join(blockers[:3])}.")
    if verdict == "inconclusive":
        return DeviceSettings(reason="Nothing is proved yet that could be entered.")
    host = address if address is not None and support.asks_for_address else proxy.host
    fields = _fields(support, host, proxy.port, username)
    notes = [] if support.screen_fields else [_NO_SCREENS]
    if credentials == "unsent":
        notes.append(_NOT_ASKED)
    if host != proxy.host:
        notes.append(f"{host} is the address of {proxy.host} today: the guide asks for the proxy's IP address.")
    return DeviceSettings(fields, note=" ".join(notes) or None, path=support.screen_path)


def from_pac(device: Device, pac: PacReport | None) -> DeviceSettings:
    """For a PAC file alone: the one proxy that it gives every host, or why there is none."""
    if pac is None or pac.problem is not None:
        return DeviceSettings(reason="Nothing is known that could be entered.")
    if pac.enter is None:
        return DeviceSettings(reason=_why_none(pac))
    target = parse_target(pac.enter)
    fields = _fields(device.proxy, target.host, target.port, None)
    command = f"proxycheck check --proxy {quote(target.id)} --device {device.name}"
    return DeviceSettings(fields, note=f"Test it first: {command}", path=device.proxy.screen_path)


def _why_none(pac: PacReport) -> str:
    shared = [proxy for proxy in pac.proxies if proxy.shared]
    if any(route.unknown for route in pac.routes):
        return "What the PAC file says is not known of every host; give the addresses that it rests on with --resolve."
    if shared:
        return f"The PAC file's proxy does not answer as one ({shared[0].address} {shared[0].answer})."
    if pac.proxies:
        return "No single proxy of the PAC file serves all hosts; choose one and let it carry the rest as well."
    return "The PAC file gives no host an HTTP proxy, which is all that the device can use."


def _fields(support: ProxySupport, host: str, port: int, username: str | None) -> tuple[DeviceField, ...]:
    """The screens' fields, told apart by their names; user and password only where there is a user."""
    found = []
    for name in support.screen_fields or _GENERIC:
        lowered = name.lower()
        if name.endswith(_BOX):
            if username is not None:
                found.append(DeviceField(name.removesuffix(_BOX), _SELECTED, "box"))
        elif ": " in name:
            label, choice = name.split(": ", 1)
            found.append(DeviceField(label, choice, "choice"))
        elif "port" in lowered:
            found.append(DeviceField(name, str(port)))
        elif "host" in lowered:
            found.append(DeviceField(name, host))
        elif username is not None:
            secret = "password" in lowered
            found.append(DeviceField(name, _PASSWORD, "secret") if secret else DeviceField(name, username))
    return tuple(found)
