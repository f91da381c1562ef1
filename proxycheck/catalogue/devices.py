"""The device catalogue: `fixtures/devices/NAME.toml`, one file a device family."""

from pathlib import Path

from proxycheck import resources
from proxycheck.catalogue import toml
from proxycheck.catalogue.device_rules import broken_rules
from proxycheck.errors import ConfigurationError, UsageError
from proxycheck.model.device import Device


def _folder() -> Path:
    return resources.fixtures() / "devices"


def device_names() -> tuple[str, ...]:
    """The names of all devices, in alphabetical order.

    Raises ConfigurationError when the installation has no device file at all."""
    names = tuple(sorted(path.stem for path in _folder().glob("*.toml")))
    if not names:
        raise ConfigurationError(f"{_folder()} holds no device file; install the package again")
    return names


def load_device(name: str) -> Device:
    """The catalogue entry of the device called `name`.

    Raises UsageError, with the known names and the one most likely meant, for an unknown device, and
    ConfigurationError for a device file that is malformed."""
    names = device_names()
    if name not in names:
        raise UsageError(_unknown(name, names))
    return read_device(_folder() / f"{name}.toml")


def read_device(path: Path) -> Device:
    """The device that the file `path` describes.

    Raises ConfigurationError naming the file, the key and what was expected there."""
    device = toml.load(path, Device)
    for rule in broken_rules(device, path.stem):
        raise ConfigurationError(f"{path} does not fit: {rule}")
    return device


def _unknown(name: str, names: tuple[str, ...]) -> str:
    import difflib  # noqa: PLC0415  only a mistyped name pays for it

    nearest = difflib.get_close_matches(name.lower(), names, n=1, cutoff=0.5)
    guess = f"did you mean {nearest[0]!r}? Known are" if nearest else "known are"
    return f"there is no device {name!r}; {guess} {', '.join(names)}"
