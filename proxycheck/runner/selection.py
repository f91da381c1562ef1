"""Which of a device's endpoints a run measures: `--tier`, `--only` and `--add`."""

from collections.abc import Sequence
from fnmatch import fnmatchcase
from typing import get_args

from proxycheck.catalogue.devices import device_names, load_device, profile_names
from proxycheck.errors import UsageError
from proxycheck.model.device import Device, Endpoint, Tier
from proxycheck.model.report import DeviceReference, LeftOut
from proxycheck.runner.added import added_endpoint

_TIERS: tuple[Tier, ...] = get_args(Tier)


def chosen_device(name: str | None) -> Device:
    """The device of `--device`: a name, an alias or a device file.

    Raises UsageError without one, and for one that is not known."""
    if name is None:
        raise UsageError(f"there is no device to check for; write --device {' or --device '.join(device_names())}")
    return load_device(name)


def device_of(report: DeviceReference, named: str | None) -> Device:
    """The device that a saved report is about: the one `named`, or the one of its name.

    Raises UsageError where it is not listed and none is named, and where another one is named."""
    if named is None and report.name not in (*device_names(), *profile_names()):
        raise UsageError(f"the report's device {report.name!r} is not listed; write --device FILE.toml")
    device = load_device(named or report.name)
    if device.name != report.name:
        raise UsageError(f"the report is about {report.name!r}, not about {device.name!r}; leave out --device")
    return device


def select(endpoints: Sequence[Endpoint], tier: str, only: Sequence[str], add: Sequence[str]) -> tuple[Endpoint, ...]:
    """The endpoints of `tier` and of stronger ones that match a pattern of `only` (all, without patterns),
    and those of `add`, whatever their tier.

    Raises UsageError for a tier, an address or a pattern that is none, and for a pattern without a match."""
    within = [endpoint for endpoint in endpoints if endpoint.tier in stronger(tier)]
    chosen = {endpoint.id: endpoint for endpoint in _matching(within, only)} if only else _by_id(within)
    known = _by_id(endpoints)
    for text in add:
        added = added_endpoint(text)
        chosen.setdefault(added.id, known.get(added.id, added))
    return tuple(chosen.values())


def left_out(device: Device, chosen: Sequence[Endpoint]) -> tuple[LeftOut, ...]:
    """The required and recommended needs of the device of which nothing is chosen."""
    known = {endpoint.any_of or endpoint.id for endpoint in chosen}
    missing: dict[str, LeftOut] = {}
    for endpoint in device.endpoints:
        need = endpoint.any_of or endpoint.id
        if endpoint.tier != "optional" and need not in known:
            missing.setdefault(need, LeftOut(endpoint.id, endpoint.function, endpoint.tier))
    return tuple(missing.values())


def stronger(tier: str) -> tuple[Tier, ...]:
    """The tier and those above it, the strongest first. Raises UsageError for a tier that does not exist."""
    for number, known in enumerate(_TIERS):
        if tier == known:
            return _TIERS[: number + 1]
    raise UsageError(f"there is no tier {tier!r}; write --tier {', '.join(_TIERS[:-1])} or {_TIERS[-1]}")


def _by_id(endpoints: Sequence[Endpoint]) -> dict[str, Endpoint]:
    return {endpoint.id: endpoint for endpoint in endpoints}


def _matching(endpoints: Sequence[Endpoint], patterns: Sequence[str]) -> list[Endpoint]:
    wanted = [(pattern, *_parse_pattern(pattern)) for pattern in patterns]
    for pattern, host, port in wanted:
        if not any(_matches(endpoint, host, port) for endpoint in endpoints):
            raise UsageError(f"--only {pattern} matches no endpoint of this run{_near(endpoints, host)}")
    return [each for each in endpoints if any(_matches(each, host, port) for _, host, port in wanted)]


def _parse_pattern(pattern: str) -> tuple[str, str]:
    host, _, port = pattern.strip().rpartition(":")
    if not host or not (port == "*" or (port.isascii() and port.isdigit())):
        raise UsageError(f"--only {pattern!r} is no HOST:PORT pattern; write *.example.com:443 or *:80 or *:*")
    return host.strip("[]").lower(), port


def _matches(endpoint: Endpoint, host: str, port: str) -> bool:
    return port in ("*", str(endpoint.port)) and fnmatchcase(endpoint.host.lower(), host.replace("[", "[[]"))


def _near(endpoints: Sequence[Endpoint], host: str) -> str:
    import difflib  # noqa: PLC0415  only a mistyped pattern pays for it

    names = {endpoint.host.lower(): endpoint.id for endpoint in endpoints}
    wanted = host.strip("*.")
    near = [name for name in names if wanted and wanted in name][:3]
    near = near or difflib.get_close_matches(wanted, names, n=3, cutoff=0.5)
    if not near:
        return "; proxycheck devices NAME lists them"
    return f"; near it are {', '.join(names[name] for name in near)}"
