"""Masks a whole report: all text goes through the mask, but for the closed list of `proxycheck.report.mask.fields`."""

from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from proxycheck.model.device import Device
from proxycheck.model.files.knowledge import Knowledge
from proxycheck.model.questions import PAC_IN_A_FILE
from proxycheck.model.report import Report
from proxycheck.report.mask.fields import KEPT, VOCABULARY, closed_fields
from proxycheck.report.mask.text import NAME, TextMask

_MASKED_PATH = "(masked)"
_MASKED_ROOTS = "masked.pem"
_TAKE_ROOTS = (" --cacert ", " -CAfile ")
_WORDS = frozenset(("device", "proxy", "user", "probe_domain_form", "tier", "only", "add", "user_agent"))
"""Options in which the mask finds what there is to be masked; any other text is a path, or is nobody's to know."""


def masked(report: Report, device: Device | None, knowledge: Knowledge) -> Report:
    """The report with stand-ins for user names, for names and addresses inside the company, and for this computer.

    What belongs to everybody stays: the hosts and words of the guide (`device`, or the hosts that the report has from
    it) and the names of products (`knowledge`)."""
    mask = TextMask(_public(report, device, knowledge), _words(report), _by_hand(report))
    plain = msgspec.to_builtins(report)
    options = plain["run"]["options"]
    for endpoint in plain["endpoints"]:
        endpoint["reproduce"] = _without_path(endpoint["reproduce"], options.get("roots"))
    _leave_out_the_file(plain)
    for option, value in options.items():
        if option not in _WORDS and isinstance(value, str | list) and value:
            options[option] = _MASKED_ROOTS if option == "roots" else _MASKED_PATH
    made: Report = msgspec.convert(_Walk(mask, _vocabulary(device, knowledge)).masked(plain, ""), Report)
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


class _Walk:
    """The way through a report: `vocabulary` are the words that are kept where a field holds nothing else."""

    def __init__(self, mask: TextMask, vocabulary: frozenset[str]) -> None:
        self._mask, self._vocabulary = mask, vocabulary
        self._kept = KEPT | closed_fields()

    def masked(self, value: Any, place: str) -> Any:
        """`value` with all its text masked; `place` is the path of its field."""
        if isinstance(value, str):
            kept = place in self._kept or (place in VOCABULARY and value in self._vocabulary)
            return value if kept else self._mask(value)
        if isinstance(value, list | tuple):
            return [self.masked(each, place) for each in value]
        if isinstance(value, dict):
            return {key: self.masked(each, self._below(place, key)) for key, each in value.items()}
        return value

    @staticmethod
    def _below(place: str, key: str) -> str:
        return "certificates.*" if place == "certificates" else f"{place}.{key}".lstrip(".")


def _vocabulary(device: Device | None, knowledge: Knowledge) -> frozenset[str]:
    words: set[str | None] = set()
    for product in knowledge.products:
        words |= {product.name, *(word for each in product.remedies for word in (each.source, each.proved))}
    if device is not None:
        words |= {device.name, device.title, device.document}
        words |= {word for each in device.functions for word in (each.name, each.plain)}
        words |= {word for each in device.endpoints for word in (each.function, each.any_of)}
    return frozenset(word for word in words if word is not None)


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
