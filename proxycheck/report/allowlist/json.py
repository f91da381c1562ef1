"""JSON in the form of the Microsoft 365 endpoint service, so that scripts for that one read it."""

import json
import re

from proxycheck.model.device import Tier
from proxycheck.model.files.allowlist import Entry
from proxycheck.report.allowlist.task import Task, Written
from proxycheck.report.texts import texts

_CATEGORIES: dict[Tier, str] = {"required": "Allow", "recommended": "Allow", "optional": "Default"}


def endpoints(task: Task) -> Written:
    """An array of records: hosts with the same tier, functions, ports and causes are one.

    `id` stays the same as long as device, tier, functions and ports do; `version` is the revision of the guide."""
    groups: dict[tuple[object, ...], list[Entry]] = {}
    for entry in task.entries:
        groups.setdefault((entry.tier, entry.functions, entry.ports, entry.causes), []).append(entry)
    records = [_record(task, members) for members in groups.values()]
    text = json.dumps(records, indent=2) + "\n"
    return Written(text, len(task.entries))


def _record(task: Task, members: list[Entry]) -> dict[str, object]:
    first, hosts = members[0], task.hosts
    functions = ", ".join(first.functions)
    ports = ",".join(map(str, first.ports))
    record: dict[str, object] = {
        "id": ":".join((hosts.name, first.tier, _slug(functions), ports)),
        "serviceArea": hosts.name,
        "serviceAreaDisplayName": hosts.title,
        "urls": [entry.name for entry in members],
        "tcpPorts": ports,
        "category": _CATEGORIES[first.tier],
        "required": first.tier == "required",
        "notes": f"{functions}. {texts().allowlist.lost[first.tier].format(functions=functions)}",
    }
    if hosts.version:
        record["version"] = hosts.version
    return record | ({"causes": list(first.causes)} if first.causes else {})


def _slug(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")
