"""From a finding to the cause a person reads: title, explanation and remedies from the knowledge, filled in."""

from collections.abc import Iterable

from proxycheck.diagnosis.finding import Finding
from proxycheck.diagnosis.observation import Case
from proxycheck.diagnosis.products.recognition import product_of
from proxycheck.diagnosis.templates import configuration, fields, sentence
from proxycheck.model.cause import Cause, ProductName, Remedy, Severity
from proxycheck.model.files.knowledge import FORMAT_FIELDS, OTHER_REMEDIES, ProductRemedy, ToldAs
from proxycheck.model.target import Target
from proxycheck.wire.domains import domain_of

_HOSTS_NAMED = 5
_ALL_HOSTS = "all hosts of the device"
_SOME_FORMATS = {
    "list_format": "squid (or panos-url, fortigate, zscaler and others)",
    "port_list_format": "squid (or plain, which is HOST:PORT a line)",
}
"""What is told where no product was recognised."""


def _list(names: Iterable[str], separator: str = ", ") -> str:
    return separator.join(dict.fromkeys(names))


def _values(finding: Finding, case: Case) -> dict[str, str]:
    endpoints = [o.endpoint for o in finding.observations]
    hosts = list(dict.fromkeys(endpoint.host for endpoint in endpoints))
    rest = 0 if finding.any_host else len(hosts) - _HOSTS_NAMED
    named = [] if finding.any_host else hosts[:_HOSTS_NAMED]
    return {
        "ports": _list(str(port) for port in sorted({*finding.ports, *(endpoint.port for endpoint in endpoints)})),
        "hosts": _list(named or [_ALL_HOSTS]) + (f" and {rest} more" if rest > 0 else ""),
        "domains": _list(sorted({domain_of(host) for host in hosts})),
        "count": str(len(endpoints)),
        "device": case.device.title,
        "proxy": case.proxy.url if case.proxy is not None else "the network",
        "proxy_address": "" if case.proxy is None else Target(case.proxy.host, case.proxy.port).id,
    }


def _formats(case: Case, product: ProductName | None) -> dict[str, str]:
    """The formats of a list that this product takes; without those that it does not."""
    if product is None:
        return _SOME_FORMATS
    known = case.knowledge.formats.get(product.name)
    if known is None:
        return {}
    return {"list_format": known.name, **({"port_list_format": known.name} if known.ports else {})}


def _config(template: str | None, finding: Finding, case: Case) -> str | None:
    # What names no endpoint is about the whole set-up: its lines are for all that the device needs. What speaks of all
    # hosts where none opened is about all that was to be asked for, however few were, for the sake of an account.
    members = finding.observations
    if case.knowledge.causes[finding.code].sweeping and not case.opened:
        members = tuple(o for o in case.observations if o.decides == "tunnel")
    endpoints = [o.endpoint for o in members] or case.device.endpoints
    ports = sorted({endpoint.port for endpoint in endpoints})
    hosts = list(dict.fromkeys(endpoint.host for endpoint in endpoints))
    needed = [endpoint.port for endpoint in case.device.endpoints]
    return None if template is None else configuration(template, ports, hosts, _values(finding, case), needed)


def _fits(remedy: ProductRemedy, told_as: ToldAs | None) -> bool:
    """Whether a product's remedy mends what is told: it was written for this case, or for no special one."""
    return remedy.told_as == told_as or (remedy.told_as is None and told_as not in OTHER_REMEDIES)


def cause_of(finding: Finding, case: Case, severity: Severity) -> Cause:
    """The cause in words. A remedy for the product comes first where a product was recognised."""
    text = case.knowledge.causes[finding.code]
    alone = finding.without_proxy or case.proxy is None
    words = (finding.told_as and text.special[finding.told_as]) or (alone and text.without_proxy) or text
    product = finding.product or (None if alone else product_of(case, finding.observations))
    values = _values(finding, case) | _formats(case, product)
    remedies = [
        Remedy(
            sentence(r.text, values),
            product.name,
            _config(r.config, finding, case),
            proved=r.proved,
            documented=None if r.proved else r.source,
        )
        for p in case.knowledge.products
        if product is not None and p.name == product.name
        for r in p.remedies
        if r.cause == finding.code and _fits(r, finding.told_as)
    ]
    remedies += [
        Remedy(sentence(r.text, values), r.product, _config(r.config, finding, case), r.proved, r.documented)
        for r in words.remedies
        if not fields(r.text) & FORMAT_FIELDS - values.keys()
    ]
    return Cause(
        code=finding.code,
        severity=severity,
        confidence=finding.confidence,
        title=sentence(words.title, values),
        explanation=sentence(words.explanation, values) + (f"\n{finding.detail}" if finding.detail else ""),
        because=finding.because,
        endpoints=tuple(o.id for o in finding.observations),
        product=product,
        remedies=tuple(remedies),
    )
