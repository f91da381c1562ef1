"""Customers' proxies as the lab plays them: which addons, with which options."""

from msgspec import Struct

Option = str | int | bool | list[str] | None


class CustomerProxy(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The proxy of one customer's network.

    `addons` are files of `addons/` without `.py`, in the order in which they are asked; the box's own
    `internet` comes after them. `options` are mitmproxy's and the addons' options. `mode` is mitmproxy's,
    such as `regular` or `socks5`."""

    name: str
    title: str
    addons: tuple[str, ...]
    options: dict[str, Option] = {}
    mode: str = "regular"
