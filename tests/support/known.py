"""What the package's own files say, read once in a process of tests."""

from functools import cache

from proxycheck.catalogue.devices import load_device
from proxycheck.catalogue.knowledge import load_knowledge
from proxycheck.model.device import Device
from proxycheck.model.files.knowledge import Knowledge


@cache
def device(name: str) -> Device:
    """The device of the catalogue, by its name."""
    return load_device(name)


@cache
def knowledge() -> Knowledge:
    """The texts of the causes, and the products."""
    return load_knowledge()
