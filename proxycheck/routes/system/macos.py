"""macOS: the output of `scutil --proxy` (what is in force), and of `networksetup` for one network service.

The keys are those of SCSchemaDefinitions.h (kSCPropNetProxies...). Settings scoped to one interface
(`__SCOPED__`, which VPN clients add) are left out: they hold for that interface alone.
"""

import re
from collections.abc import Mapping
from typing import Final

from proxycheck.routes.bypass.bypass import BypassList
from proxycheck.routes.system.proxy_text import without_credentials
from proxycheck.routes.system.settings import ProxyReader, SystemSettings, Traffic

_PROTOCOLS: Final[tuple[tuple[str, Traffic, str], ...]] = (
    ("HTTP", "http", "http"),
    ("HTTPS", "https", "http"),
    ("FTP", "ftp", "http"),
    ("SOCKS", "socks", "socks5"),
)
NETWORKSETUP_QUESTIONS: Final = (
    "-getwebproxy",
    "-getsecurewebproxy",
    "-getsocksfirewallproxy",
    "-getautoproxyurl",
    "-getproxyautodiscovery",
    "-getproxybypassdomains",
)
_MANUAL: Final[tuple[tuple[str, Traffic, str], ...]] = (
    ("-getwebproxy", "http", "http"),
    ("-getsecurewebproxy", "https", "http"),
    ("-getsocksfirewallproxy", "socks", "socks5"),
)


def parse_scutil(text: str) -> SystemSettings:
    """The settings in the output of `scutil --proxy`."""
    values, exceptions = _dictionary(text)
    reader = ProxyReader()
    for prefix, traffic, scheme in _PROTOCOLS:
        host = values.get(f"{prefix}Proxy", "")
        if values.get(f"{prefix}Enable") == "1" and host:
            user = values.get(f"{prefix}User", "")
            _add(reader, traffic, scheme, (user, host, values.get(f"{prefix}Port", "")), f"{prefix}Proxy")
    if values.get("ExcludeSimpleHostnames") == "1":
        exceptions.insert(0, "<local>")
    url = values.get("ProxyAutoConfigURLString", "") if values.get("ProxyAutoConfigEnable") == "1" else ""
    return SystemSettings(
        source="macos",
        where="scutil --proxy",
        proxies=tuple(reader.proxies),
        bypass=_bypass(exceptions, "ExceptionsList") if reader.proxies else (),
        pac_url=without_credentials(url) if url else None,
        auto_detect=values.get("ProxyAutoDiscoveryEnable") == "1",
        notes=tuple(reader.notes),
    )


def parse_networksetup(service: str, outputs: Mapping[str, str]) -> SystemSettings:
    """The settings of one network service: `outputs` maps each question of NETWORKSETUP_QUESTIONS to its answer."""
    reader = ProxyReader()
    for question, traffic, scheme in _MANUAL:
        fields = _fields(outputs.get(question, ""))
        if fields.get("Enabled") == "Yes" and fields.get("Server"):
            _add(reader, traffic, scheme, ("", fields["Server"], fields.get("Port", "")), f"{service}, {question[4:]}")
    automatic = _fields(outputs.get("-getautoproxyurl", ""))
    url = automatic.get("URL", "") if automatic.get("Enabled") == "Yes" else ""
    # With an empty list the command says so in a sentence; no domain has a blank in it.
    lines = [line.strip() for line in outputs.get("-getproxybypassdomains", "").splitlines()]
    return SystemSettings(
        source="macos",
        where=f"network service {service}",
        proxies=tuple(reader.proxies),
        bypass=_bypass([line for line in lines if line and " " not in line], service) if reader.proxies else (),
        pac_url=without_credentials(url) if url and url != "(null)" else None,
        auto_detect=_fields(outputs.get("-getproxyautodiscovery", "")).get("Auto Proxy Discovery") == "On",
        notes=tuple(reader.notes),
    )


def parse_network_services(text: str) -> tuple[str, ...]:
    """The enabled services in the output of `networksetup -listallnetworkservices` (its first line is a legend)."""
    names = [line.strip() for line in text.splitlines()[1:]]
    return tuple(name for name in names if name and not name.startswith("*"))


def _add(reader: ProxyReader, traffic: Traffic, scheme: str, written: tuple[str, str, str], setting: str) -> None:
    user, host, port = written
    text = f"[{host}]" if ":" in host else host
    if user:
        text = f"{user}@{text}"
    if port not in {"", "0"}:
        text = f"{text}:{port}"
    reader.add(traffic, text, setting, scheme)


def _bypass(tokens: list[str], setting: str) -> tuple[BypassList, ...]:
    return (BypassList(("macos", "chromium"), ", ".join(tokens), setting),) if tokens else ()


def _fields(text: str) -> dict[str, str]:
    pairs = (line.partition(":") for line in text.splitlines() if ":" in line)
    return {key.strip(): value.strip() for key, _, value in pairs}


def _dictionary(text: str) -> tuple[dict[str, str], list[str]]:
    """The outermost entries and the exceptions; deeper dictionaries are passed over."""
    values: dict[str, str] = {}
    exceptions: list[str] = []
    open_names: list[str] = []
    for line in text.splitlines():
        entry = re.fullmatch(r"\s*(\S+) : (.*)", line.rstrip() + ("" if " : " in line else " "))
        if line.strip() == "}":
            open_names = open_names[:-1]
        elif line.rstrip().endswith("{"):
            open_names.append(entry[1] if entry else "")
        elif entry and len(open_names) == 1:
            values[entry[1]] = entry[2].strip()
        elif entry and open_names[1:] == ["ExceptionsList"]:
            exceptions.append(entry[2].strip())
    return values, exceptions
