"""Every list of every device, one after the other, on standard output."""

from proxycheck.catalogue.allowlists import load_allowlists
from proxycheck.catalogue.devices import device_names, load_device
from proxycheck.report.allowlist import listing
from proxycheck.report.allowlist.entries import device_hosts

for name in device_names():
    device = load_device(name)
    for product in load_allowlists().formats.values():
        for place in product.places:
            made = listing(device_hosts(device, device.endpoints), product, place.purpose)
            print(made.text, made.notes)  # noqa: T201  this is what is compared
