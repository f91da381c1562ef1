"""The device catalogue: `fixtures/devices/NAME.toml`, one file a device family, and `profiles/` beside them: the same
devices with another operating system."""

import re
from pathlib import Path

from msgspec import structs

from proxycheck import resources
from proxycheck.catalogue import toml
from proxycheck.catalogue.device_rules import broken_rules, declared
from proxycheck.catalogue.tables import read_bytes
from proxycheck.errors import ConfigurationError, UsageError
from proxycheck.model.device import Device, DeviceProfile

_ENDING = ".toml"


def _folder() -> Path:
    return resources.fixtures() / "devices"


def device_names() -> tuple[str, ...]:
    """The names of all devices, in alphabetical order.

    Raises ConfigurationError when the installation has no device file at all."""
    names = tuple(sorted(path.stem for path in _folder().glob("*.toml")))
    if not names:
        raise ConfigurationError(f"{_folder()} holds no device file; install the package again")
    return names


def profile_names() -> tuple[str, ...]:
    """The names of the profiles, in alphabetical order."""
    return tuple(sorted(path.stem for path in (_folder() / "profiles").glob("*.toml")))


def load_device(name: str) -> Device:
    """The catalogue entry of the device called `name`: its name, one of its aliases or its title, in any case, the name
    of a profile, or the path of a device file.

    Raises UsageError, with the known names, for an unknown device, and ConfigurationError for a device file that is
    malformed."""
    if name.lower().endswith(_ENDING):
        return read_device_file(Path(name))
    names = device_names()
    if name in names:
        return read_device(_folder() / f"{name}{_ENDING}")
    if name in profile_names():
        return _profile(_folder() / "profiles" / f"{name}{_ENDING}")
    known = [read_device(_folder() / f"{each}{_ENDING}") for each in names]
    for device in known:
        if _bare(name) in map(_bare, (device.name, device.title, *device.aliases)):
            return device
    listed = ", ".join((*(f"{device.name} ({device.title})" for device in known), *profile_names()))
    raise UsageError(f"there is no device {name!r}; known are {listed}; a path that ends in {_ENDING} is a device file")


def read_device(path: Path) -> Device:
    """The device that the file `path` of the catalogue describes.

    Raises ConfigurationError naming the file, the key and what was expected there."""
    return _checked(toml.load(path, Device), path, path.stem)


def _profile(path: Path) -> Device:
    """The device that a profile makes of the one it belongs to. Raises ConfigurationError as `read_device` does."""
    profile = toml.load(path, DeviceProfile)
    if profile.profile_of not in device_names():
        raise ConfigurationError(f"{path} does not fit: there is no device {profile.profile_of!r} - at `$.profile_of`")
    base = read_device(_folder() / f"{profile.profile_of}{_ENDING}")
    reads = None if base.proxy.dialect is None else structs.replace(base.proxy.dialect, platform=profile.platform)
    device = structs.replace(
        base,
        name=profile.name,
        title=profile.title,
        aliases=(),
        operating_system=profile.operating_system,
        client_hello=profile.client_hello,
        proxy=structs.replace(base.proxy, connect=profile.connect, dialect=reads),
        notes=(*base.notes, *profile.notes),
    )
    return _checked(device, path, path.stem)


def read_device_file(path: Path) -> Device:
    """The device that a file outside of the catalogue describes: functions and ports need no declaration there, and
    what is left out is unknown.

    Raises ConfigurationError as `read_device` does."""
    device = toml.load(path, Device)
    if device.name in device_names():
        # A report names its device: judged again, it would be judged as the listed one.
        raise ConfigurationError(f"{path} does not fit: {device.name!r} is a listed device; choose another name")
    return _checked(declared(device), path, device.name)


def _checked(device: Device, path: Path, name: str) -> Device:
    for rule in broken_rules(device, name):
        raise ConfigurationError(f"{path} does not fit: {rule}")
    return device


def device_template() -> bytes:
    """A device file to fill in. Raises ConfigurationError when the installation lacks it."""
    return read_bytes(resources.fixtures() / "device_template.toml")


def _bare(name: str) -> str:
    """What tells names apart, however they are written: `SendPro P` and `sendpro-p` are one."""
    return re.sub(r"[\s_\-\u00ae\u2122]", "", name).casefold()
