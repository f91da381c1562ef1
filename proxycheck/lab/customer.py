"""Customers' proxies as the lab plays them: which addons, with which options."""

from msgspec import Struct

Option = str | int | bool | list[str] | None


class CustomerProxy(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A proxy of somebody's network.

    `addons` are files of `addons/` without `.py`, in the order in which they are asked; the box's own
    `internet` comes after them. `options` are mitmproxy's and the addons' options. `mode` is mitmproxy's,
    such as `regular` or `socks5`."""

    name: str
    title: str
    addons: tuple[str, ...]
    options: dict[str, Option] = {}
    mode: str = "regular"


CUSTOMERS = (
    CustomerProxy(name="good", title="passes on whatever CONNECT asks for", addons=("tunnel",)),
    CustomerProxy(
        name="only-443",
        title="allows CONNECT to port 443 and nothing else",
        addons=("connect_ports", "tunnel"),
        options={"connect_ports": ["443"]},
    ),
    CustomerProxy(
        name="inspecting",
        title="opens TLS and signs certificates of its own",
        addons=("tls_inspection",),
        options={
            "inspection_issuer": "Example Company Web Gateway CA",
            "inspection_organization": "Example Company",
        },
    ),
)
"""The three that are shown first: one that works, and the two failures met most often."""
