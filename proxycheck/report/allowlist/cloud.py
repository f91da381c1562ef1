"""Services that are configured in JSON."""

import json

from proxycheck.report.allowlist.task import Task, Written, uncovered


def cloudflare(task: Task) -> Written:
    """The body that creates a list of domains; a domain stands for every name below."""
    values = list(dict.fromkeys(entry.host for entry in uncovered(task.entries)))
    functions = {entry.host: ", ".join(entry.functions) for entry in task.entries}
    items = [{"value": value, "description": functions[value]} for value in values]
    body = {"name": task.name, "type": "DOMAIN", "description": task.hosts.document, "items": items}
    return Written(_text(body), len(items))


def aws(task: Task) -> Written:
    """The rule group of a domain list; a leading dot stands for the domain and every name below."""
    targets = [f".{entry.host}" if entry.below else entry.host for entry in uncovered(task.entries)]
    source = {"Targets": targets, "TargetTypes": ["TLS_SNI", "HTTP_HOST"], "GeneratedRulesType": "ALLOWLIST"}
    return Written(_text({"RulesSource": {"RulesSourceList": source}}), len(targets))


def _text(body: object) -> str:
    return json.dumps(body, indent=2) + "\n"
