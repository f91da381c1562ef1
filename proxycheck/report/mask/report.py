"""Masks a whole report: everything but a closed list of fields goes through the mask."""

from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from proxycheck.model.device import Device
from proxycheck.model.files.knowledge import Knowledge
from proxycheck.model.questions import PAC_IN_A_FILE
from proxycheck.model.report import Report
from proxycheck.report.mask.text import NAME, TextMask

KEPT = frozenset(
    (
        *("schema", "verdict", "summary", "tool", "device", "trust"),
        *("run.id", "run.started_at", "run.finished_at", "run.command"),
        *("causes.code", "causes.severity", "causes.confidence"),
        *("causes.product", "causes.remedies.product", "causes.remedies.documented", "causes.remedies.proved"),
        *("endpoints.scheme", "endpoints.tier", "endpoints.function", "endpoints.any_of", "endpoints.verdict"),
        *("endpoints.causes", "endpoints.stages"),
        *("endpoints.tls.verdict", "endpoints.tls.version", "endpoints.tls.cipher", "endpoints.tls.alpn"),
        *("endpoints.tls.chain", "endpoints.tls.leaf_sha256", "endpoints.tls.rule"),
        *("checks.id", "checks.verdict", "checks.causes"),
        *("evidence.id", "evidence.check", "evidence.operation", "evidence.ended"),
        *("evidence.tls.profile", "evidence.tls.version", "evidence.tls.cipher", "evidence.tls.alpn"),
        *("evidence.tls.chain", "evidence.tls.alert", "evidence.tls.flight", "evidence.tls.possession"),
        *("evidence.failure.name", "evidence.failure.operation", "evidence.canary"),
    )
)
"""Fields that are kept as they are: codes, times, the guide, and certificates, whose signatures would break."""
_KEPT_OPTIONS = frozenset(("device", "tier", "user_agent"))
_MASKED_PATH = "(masked)"
_MASKED_ROOTS = "masked.pem"
_TAKE_ROOTS = (" --cacert ", " -CAfile ")
_PATHS = ("roots", "ct_log_list", "pac", "canary")


def masked(report: Report, device: Device | None, knowledge: Knowledge) -> Report:
    """The report with stand-ins for user names, for names and addresses inside the company, and for this computer.

    What belongs to everybody stays: the hosts of the guide (`device`, or those that the report has from it) and the
    names of products (`knowledge`)."""
    mask = TextMask(_public(report, device, knowledge), _words(report), _by_hand(report))
    plain = msgspec.to_builtins(report)
    options = plain["run"]["options"]
    for endpoint in plain["endpoints"]:
        endpoint["reproduce"] = _without_path(endpoint["reproduce"], options.get("roots"))
    _leave_out_the_file(plain)
    for option in _PATHS:
        if options.get(option):
            options[option] = _MASKED_ROOTS if option == "roots" else _MASKED_PATH
    made: Report = msgspec.convert(_walk(plain, "", mask), Report)
    return made


def _leave_out_the_file(plain: dict[str, Any]) -> None:
    """Leaves out the path of a PAC file that was read as a file: it tells of the company, and looks like no name."""
    for record in plain["evidence"]:
        if record["operation"] == "pac_fetch" and record.get("variant") == PAC_IN_A_FILE:
            record["note"] = _MASKED_PATH
            if plain["pac"] is not None:
                plain["pac"]["source"] = _MASKED_PATH


def _without_path(lines: list[str], roots: str | None) -> list[str]:
    """The command lines without the name of the file of roots; one that has it in a form of its own is left out."""
    if not roots:
        return lines
    masked = [line.replace(roots, _MASKED_ROOTS) for line in lines]
    return [line for line in masked if _MASKED_ROOTS in line or not any(word in line for word in _TAKE_ROOTS)]


def _walk(value: Any, place: str, mask: TextMask) -> Any:
    if place in KEPT:
        return value
    if isinstance(value, str):
        return mask(value)
    if isinstance(value, list | tuple):
        return [_walk(each, place, mask) for each in value]
    if isinstance(value, dict):
        if place == "run.options":
            return {key: each if key in _KEPT_OPTIONS else _walk(each, "option", mask) for key, each in value.items()}
        return {key: _walk(each, f"{place}.{key}".lstrip("."), mask) for key, each in value.items()}
    return value


def _public(report: Report, device: Device | None, knowledge: Knowledge) -> Iterator[str]:
    by_hand = _by_hand(report)
    yield from (endpoint.host for endpoint in report.endpoints if endpoint.host not in by_hand)
    if device is not None:
        yield from (endpoint.host for endpoint in device.endpoints)
        yield from (address for endpoint in device.endpoints for address in endpoint.addresses)
        yield from (server.address for server in device.network.dns_servers)
        yield from (server.host for server in device.network.time_servers)
    for product in knowledge.products:
        yield from _names_in(f"{each.example} {each.pattern.replace(chr(92), '')}" for each in product.signals)


def _by_hand(report: Report) -> frozenset[str]:
    """Hosts that a person added: no guide names them."""
    added = report.run.options.get("add")
    return frozenset(text.rpartition(":")[0].lower() for text in added) if isinstance(added, list) else frozenset()


def _names_in(texts: Iterable[str]) -> Iterator[str]:
    for text in texts:
        yield from NAME.findall(text)


def _words(report: Report) -> Iterator[str]:
    names = [report.run.options.get("user"), report.run.options.get("probe_domain_form")]
    names.append(report.proxy.auth.username if report.proxy is not None else None)
    for name in names:
        if isinstance(name, str):
            yield name
            yield from name.replace("\\", "@").split("@")
    if report.run.host:
        yield report.run.host
        yield report.run.host.partition(".")[0]
    if report.proxy is not None:
        host = report.proxy.url.partition("://")[2].rpartition(":")[0]
        if "." not in host and ":" not in host:
            yield host
