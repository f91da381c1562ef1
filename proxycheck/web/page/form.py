"""The fields of the form, and the order that they make."""

import ipaddress
from collections.abc import Mapping
from pathlib import Path
from typing import Final, get_args

from msgspec import Struct, structs

from proxycheck.catalogue.devices import device_names, profile_names
from proxycheck.errors import UsageError
from proxycheck.model.device import Tier
from proxycheck.model.target import Credentials, ProxyAddress
from proxycheck.model.text import printable
from proxycheck.report.texts import texts
from proxycheck.web.order import Order
from proxycheck.web.page.sent import File
from proxycheck.wire.address import parse_proxy, parse_username

LIMIT_S: Final = 600.0
"""After so many seconds a run is ended, and tells what it found."""
_LONGEST_NAME: Final = 100
"""Characters of the name of a file that are shown."""
_LARGEST_PORT: Final = 65535
_LONGEST_PORT: Final = len(str(_LARGEST_PORT))


class BadFormError(Exception):
    """What was filled in makes no run; the message says what to write."""


class Filled(Struct, frozen=True, kw_only=True):
    """What stands in the fields: all but the password, which is never shown again. `file` is the PAC file that was
    dropped or chosen; no browser lets a page fill that in again."""

    device: str = "sendpro-c"
    host: str = ""
    port: str = ""
    user: str = ""
    pac: str = ""
    file: File | None = None
    tier: str = "optional"
    direct: bool = True
    network: bool = True


def filled(fields: Mapping[str, str], files: Mapping[str, File]) -> Filled:
    """What was filled in, without the spaces around it."""
    return Filled(
        device=fields.get("device", ""),
        host=fields.get("host", "").strip(),
        port=fields.get("port", "").strip(),
        user=fields.get("user", "").strip(),
        pac=fields.get("pac", "").strip(),
        file=files.get("file"),
        tier=fields.get("tier", "optional"),
        direct="direct" in fields,
        network="network" in fields,
    )


def order(form: Filled, password: str, roots: Path | None) -> Order:
    """The run that the form asks for. Raises BadFormError with a sentence for a field that makes none."""
    if form.device not in (*device_names(), *profile_names()) or form.tier not in get_args(Tier):
        raise BadFormError(texts().live.bad_choice)
    if form.pac and form.file:
        raise BadFormError(texts().live.two_pacs)
    by_pac = (form.pac or form.file) and not (form.host or form.port)
    return Order(
        device=form.device,
        proxy=None if by_pac else _proxy(form),
        pac=_pac(form.pac) if form.file is None else printable(form.file.name, _LONGEST_NAME),
        pac_content=None if form.file is None else form.file.content,
        tier=form.tier,
        credentials=_credentials(form.user, password),
        roots=None if roots is None else str(roots.absolute()),
        network=form.network,
        compare_direct=form.direct,
        limit_s=LIMIT_S,
        progress=True,
    )


def _proxy(form: Filled) -> ProxyAddress:
    """Host and port as the device's screen has them; a whole address in the field of the host is understood as well.

    Raises BadFormError with what is wrong about which field, and what to enter there."""
    words = texts().live
    if not form.host:
        raise BadFormError(words.host_missing)
    scheme, separator, rest = form.host.partition("://")
    host = (rest if separator else scheme).rstrip("/")
    if "@" in host:
        raise BadFormError(words.host_with_login)
    if set("/?#") & set(host):
        raise BadFormError(words.host_is_url)
    host, own = _parted(host)
    if own and form.port and own != form.port:
        raise BadFormError(words.two_ports)
    port = form.port or own
    if not port:
        raise BadFormError(words.port_missing)
    if not (port.isascii() and port.isdigit() and len(port) <= _LONGEST_PORT and 1 <= int(port) <= _LARGEST_PORT):
        raise BadFormError(words.bad_port)
    try:
        address = parse_proxy(f"{scheme if separator else 'http'}://{host}:{port}")
    except UsageError:
        raise BadFormError(words.bad_host) from None
    return structs.replace(address, username=None)


def _parted(host: str) -> tuple[str, str]:
    """The host, an IPv6 address in brackets, and the port that stands after it; empty where none does."""
    if host[:1] == "[":
        address, bracket, port = host.partition("]")
        return address + bracket, port.removeprefix(":")
    if host.count(":") > 1 and _is_ipv6(host):
        return f"[{host}]", ""
    name, _, port = host.partition(":")
    return name, port


def _is_ipv6(text: str) -> bool:
    try:
        ipaddress.IPv6Address(text)
    except ValueError:
        return False
    return True


def _pac(text: str) -> str | None:
    """The address of a PAC file, without a login."""
    if not text:
        return None
    scheme, _, rest = text.partition("://")
    if (
        scheme.lower() not in ("http", "https")
        or not text.isprintable()
        or " " in text
        or "@" in rest.partition("/")[0]
    ):
        raise BadFormError(texts().live.bad_pac)
    return text


def _credentials(user: str, password: str) -> Credentials | None:
    if not user and password:
        raise BadFormError(texts().live.no_user)
    if not user:
        return None
    try:
        return Credentials(parse_username(user), password)
    except UsageError:
        raise BadFormError(texts().live.bad_user) from None
