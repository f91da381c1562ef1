"""What a reproduction plays, in words: a line for each addon, and what is due."""

from collections.abc import Iterator

from proxycheck.model.files.scenario import Behaviour, Scenario
from proxycheck.model.text import printable

_WORDS = {
    "raw_connect": "how CONNECT is answered, byte for byte: {count}",
    "listener": "what is answered to other first words, byte for byte: {count}",
    "tunnel_filter": "tunnels that die or are answered by somebody else: {count}",
    "hello_filter": "TLS greetings that do not pass: {count}",
    "tls_authorities": "who signs certificates in the hosts' place, with the shape of the chain: {count}",
    "http_pages": "pages that are shown inside TLS: {count}",
    "names": "hosts whose own certificates are in disorder: {count}",
    "tls_listener": "a port that wants TLS before anything else",
    "methods": "the refusal of CONNECT inside TLS",
}


def told(scenario: Scenario) -> Iterator[str]:
    """The lines, in the order in which the addons are asked."""
    if scenario.listener == "closed":
        yield "an address at which nothing listens"
    for behaviour in scenario.behaviour:
        yield _WORDS[behaviour.addon].format(count=_counted(behaviour))
    if scenario.beside:
        made = len(scenario.beside)
        comparisons = "1 comparison that was" if made == 1 else f"{made} comparisons that were"
        yield f"{comparisons} made without the proxy, as found then"
    causes = ", ".join(f"{cause.code} ({cause.severity})" for cause in scenario.expect.causes)
    yield f"what is due: {scenario.expect.verdict}, {causes or 'no cause'}"


def _counted(behaviour: Behaviour) -> str:
    rules = [rule for value in behaviour.options.values() if isinstance(value, list) for rule in value]
    issuers = [str(rule["issuer"]) for rule in rules if isinstance(rule, dict) and "issuer" in rule]
    if issuers:
        return printable(", ".join(dict.fromkeys(issuers)), 300)
    return "1 rule" if len(rules) == 1 else f"{len(rules)} rules"
