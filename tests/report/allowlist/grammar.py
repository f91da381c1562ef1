"""How each product reads a list, written from its documentation and apart from the writers: a parser for each format
that refuses what the product would refuse, and tells which names the list stands for."""

import csv
import io
import json
import re
from collections.abc import Callable, Mapping
from fnmatch import fnmatchcase

from proxycheck.model.files.allowlist import FormatName, Purpose

Reads = Callable[[str], bool]
"""Whether a list that was read stands for this host name."""

_NAME = r"(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9])?\.)+[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_ZSCALER_LEVELS = 5


def _lines(text: str, pattern: str) -> list[str]:
    assert not text or text.endswith("\n")
    lines = text.splitlines()
    for line in lines:
        assert re.fullmatch(pattern, line), line
    assert len(set(lines)) == len(lines), "a line twice"
    return lines


def _under(host: str, domain: str) -> bool:
    return host == domain or host.endswith(f".{domain}")


def _plain(text: str) -> Reads:
    names = [line.rpartition(":")[0] for line in _lines(text, rf"(\*\.)?{_NAME}:\d{{1,5}}")]
    return lambda host: any(_starred(name, host) for name in names)


def _starred(name: str, host: str) -> bool:
    """`*.example.com` as the guides mean it: with the domain itself."""
    return _under(host, name[2:]) if name.startswith("*.") else name == host


def _csv(text: str) -> Reads:
    heading, *rows = csv.reader(io.StringIO(text))
    assert heading == ["host", "ports", "tier", "functions", "confidence", "causes"]
    assert all(len(row) == len(heading) for row in rows)
    assert not [cell for row in rows for cell in row if cell.startswith(("=", "+", "-", "@", "\t", "\r"))]
    return lambda host: any(_starred(row[0], host) for row in rows)


def _json(text: str) -> Reads:
    records = json.loads(text)
    assert len({record["id"] for record in records}) == len(records)
    for record in records:
        assert record["category"] in ("Optimize", "Allow", "Default")
        assert isinstance(record["required"], bool)
        assert re.fullmatch(r"\d+(,\d+)*", record["tcpPorts"])
    urls = [url for record in records for url in record["urls"]]
    return lambda host: any(_starred(url, host) for url in urls)


def _squid(text: str) -> Reads:
    names: dict[str, list[str]] = {}
    used: list[str] = []
    for line in text.splitlines():
        assert len(line) < 2048
        words = line.split()
        if words[:1] == ["acl"]:
            assert len(words[1]) < 64
            assert len(words) > 3
            if words[2] in ("dstdomain", "ssl::server_name"):
                names.setdefault(words[1], []).extend(words[3:])
        elif words[:2] in (["http_access", "allow"], ["ssl_bump", "splice"]):
            assert set(words[2:]) & names.keys()
            used += words[2:]
        else:
            assert not words or line.startswith("#"), line
    for members in names.values():
        _without_overlap(members)
    chosen = [name for group in used for name in names.get(group, ())]
    return lambda host: any(_under(host, name[1:]) if name[0] == "." else name == host for name in chosen)


def _without_overlap(names: list[str]) -> None:
    for dotted in (name for name in names if name.startswith(".")):
        assert not [name for name in names if name != dotted and _under(name.removeprefix("."), dotted[1:])]


def _panos_url(text: str) -> Reads:
    lines = _lines(text, rf"(\*\.)?{_NAME}/")
    return lambda host: any(
        host.endswith(line[1:-1]) and host != line[2:-1] if line.startswith("*.") else host == line[:-1]
        for line in lines
    )


def _panos_exclusion(text: str) -> Reads:
    lines = _lines(text, rf"(\*\.)*{_NAME}")
    return lambda host: any(host.count(".") == line.count(".") and fnmatchcase(host, line) for line in lines)


def _fortigate_feed(text: str) -> Reads:
    lines = _lines(text, rf"(\*\.)?{_NAME}")
    return lambda host: any(fnmatchcase(host, line) for line in lines)


def _fortigate_commands(text: str) -> Reads:
    depth = 0
    names: list[str] = []
    for line in map(str.strip, text.splitlines()):
        word, _, rest = line.partition(" ")
        assert word in ("config", "edit", "set", "next", "end"), line
        depth += {"config": 1, "edit": 1, "next": -1, "end": -1}.get(word, 0)
        assert depth >= 0
        if found := re.fullmatch(rf'"((?:\*\.)?{_NAME})"', rest):
            names.append(found[1])
    assert depth == 0
    return lambda host: any(fnmatchcase(host, name) for name in names)


def _zscaler(text: str) -> Reads:
    lines = _lines(text, rf"\.?{_NAME}")

    def reads(host: str) -> bool:
        return any(
            _under(host, line[1:]) and host.count(".") - line[1:].count(".") <= _ZSCALER_LEVELS
            if line.startswith(".")
            else host == line
            for line in lines
        )

    return reads


def _suffixes(text: str) -> Reads:
    lines = _lines(text, _NAME)
    return lambda host: any(_under(host, line) for line in lines)


def _netskope(text: str) -> Reads:
    lines = [line.partition(":")[0] for line in _lines(text, rf"(\*\.)?{_NAME}(:\d{{1,5}})?")]
    return lambda host: any(_starred(line, host) for line in lines)


def _netskope_domains(text: str) -> Reads:
    names = text.strip().split(",") if text else []
    assert all(re.fullmatch(rf"(\*\.)?{_NAME}", name) for name in names)
    return lambda host: any(_starred(name, host) for name in names)


def _skyhigh(text: str) -> Reads:
    kind, *entries = text.splitlines()
    assert kind == "type=string"
    names = [found[1] for entry in entries if (found := re.fullmatch(rf'"({_NAME})" "[^"\\]*"', entry))]
    assert len(names) == len(entries)
    return lambda host: host in names


def _proxysg_category(text: str) -> Reads:
    if not text:
        return lambda _: False
    first, *names, last = text.splitlines()
    assert re.fullmatch(r"define category \w+", first)
    assert last == "end"
    return _suffixes("".join(f"{name}\n" for name in names))


def _proxysg_policy(text: str) -> Reads:
    first, *rules = text.splitlines() or ["<Proxy>"]
    assert first == "<Proxy>"
    found = [re.fullmatch(rf"    url\.domain=({_NAME}) detect_protocol\(none\) ALLOW", rule) for rule in rules]
    return _suffixes("".join(f"{match[1]}\n" for match in found if match))


def _checkpoint(text: str) -> Reads:
    lines = [re.compile(line) for line in text.splitlines()]
    assert all(line.pattern.startswith("^https?://") and line.pattern.endswith("/") for line in lines)
    return lambda host: any(line.match(f"https://{host}/") for line in lines)


def _pfsense(text: str) -> Reads:
    names = [line.partition(" ")[0] for line in text.splitlines()]
    _lines("".join(f"{name}\n" for name in names), _NAME)
    return lambda host: host in names


def _cloudflare(text: str) -> Reads:
    body = json.loads(text)
    assert set(body) == {"name", "type", "description", "items"}
    assert body["type"] == "DOMAIN"
    assert all(set(item) == {"value", "description"} for item in body["items"])
    return _suffixes("".join(f"{item['value']}\n" for item in body["items"]))


def _aws(text: str) -> Reads:
    source = json.loads(text)["RulesSource"]["RulesSourceList"]
    assert set(source) == {"Targets", "TargetTypes", "GeneratedRulesType"}
    lines = _lines("".join(f"{target}\n" for target in source["Targets"]), rf"\.?{_NAME}")
    return lambda host: any(_under(host, line[1:]) if line.startswith(".") else host == line for line in lines)


def _pac(text: str) -> Reads:
    """The names in it; what the script does with them is for real engines."""
    hosts = re.findall(rf'^  "({_NAME})": 1,?$', text, re.MULTILINE)
    domains = json.loads((re.search(r"^var domains = (\[.*\]);$", text, re.MULTILINE) or [""])[1])
    return lambda host: host in hosts or any(_under(host, domain) for domain in domains)


READERS: Mapping[tuple[FormatName, Purpose], Callable[[str], Reads]] = {
    ("plain", "allow"): _plain,
    ("plain", "no-inspect"): _plain,
    ("csv", "allow"): _csv,
    ("csv", "no-inspect"): _csv,
    ("json", "allow"): _json,
    ("json", "no-inspect"): _json,
    ("squid", "allow"): _squid,
    ("squid", "no-inspect"): _squid,
    ("pac", "allow"): _pac,
    ("panos-url", "allow"): _panos_url,
    ("panos-url", "no-inspect"): _panos_url,
    ("panos-exclusion", "no-inspect"): _panos_exclusion,
    ("fortigate", "allow"): _fortigate_feed,
    ("fortigate", "no-inspect"): _fortigate_commands,
    ("zscaler", "allow"): _zscaler,
    ("zscaler", "no-inspect"): _zscaler,
    ("umbrella", "allow"): _suffixes,
    ("umbrella", "no-inspect"): _suffixes,
    ("netskope", "allow"): _netskope,
    ("netskope", "no-inspect"): _netskope_domains,
    ("skyhigh", "allow"): _skyhigh,
    ("skyhigh", "no-inspect"): _skyhigh,
    ("proxysg", "allow"): _proxysg_category,
    ("proxysg", "no-inspect"): _proxysg_policy,
    ("checkpoint", "allow"): _checkpoint,
    ("checkpoint", "no-inspect"): _checkpoint,
    ("pfsense", "allow"): _pfsense,
    ("cloudflare", "allow"): _cloudflare,
    ("cloudflare", "no-inspect"): _cloudflare,
    ("aws-nfw", "allow"): _aws,
}
EXACT: frozenset[FormatName] = frozenset({"skyhigh", "pfsense"})
"""Formats that cannot say "and all names below"."""
SUFFIXES: frozenset[FormatName] = frozenset({"umbrella", "proxysg", "cloudflare"})
"""Formats in which every name stands for those below it as well."""
