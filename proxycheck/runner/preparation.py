"""How do PCs get along here? Read before a run, because it may name the proxy that the run is about.

A PAC file, WPAD by DNS and this computer's own settings are looked at on request only. What is found is evidence like
any other: it is judged with the run, and again from a saved report.
"""

import asyncio
import contextlib
import time
from collections.abc import Coroutine, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

from msgspec import structs

from proxycheck.checks.setup import pac, pac_proxies, system_settings
from proxycheck.diagnosis.observation import open_case
from proxycheck.diagnosis.pac import PacView, pac_view
from proxycheck.errors import unreadable
from proxycheck.model.device import Device, Endpoint
from proxycheck.model.evidence import Evidence
from proxycheck.model.failure import Failure
from proxycheck.model.files.knowledge import Knowledge
from proxycheck.model.questions import PAC_IN_A_FILE, WPAD
from proxycheck.model.target import ProxyAddress
from proxycheck.net.computer.surroundings import own_address, search_domains
from proxycheck.net.pac.fetch import fetch_pac
from proxycheck.net.trace import Trace
from proxycheck.routes.pac.file import MAXIMUM_BYTES
from proxycheck.routes.system.proxy_text import without_credentials
from proxycheck.routes.system.settings import SystemSettings, distinct_proxies
from proxycheck.runner.interruption import Interruption
from proxycheck.wire.domains import registrable
from proxycheck.wire.secrets.redaction import Redactor

_URL_SCHEMES = ("http", "https")
_PROXY_S = 5.0
_USED_FOR = ("all", "https", "http")


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What to look at: `pac` is a file or a URL; without it a PAC address in the system's settings is followed. Where
    the file is here already, `content` holds its bytes and `pac` only its name.

    `lookup` permits asking DNS for names that the script resolves, `tries` asking each proxy that it names for one
    tunnel. `addresses` are names whose addresses are given, and then no other is looked up; `own_addresses` is what
    `myIpAddress()` says, without them this computer's own."""

    device: Device
    endpoints: tuple[Endpoint, ...]
    pac: str | None = None
    content: bytes | None = None
    wpad: bool = False
    system_settings: bool = False
    lookup: bool = True
    tries: bool = True
    addresses: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    own_addresses: tuple[str, ...] = ()
    timeout_s: float = 10.0


@dataclass(frozen=True, kw_only=True)
class Preparation:
    """What was found, as evidence, and the proxy that follows from it, with the place that names it."""

    evidence: tuple[Evidence, ...]
    proxy: ProxyAddress | None = None
    named_by: str = ""


def prepare(wish: Wish, interruption: Interruption | None = None) -> Preparation:
    """Looks at what is wished for, to its end or until an `interruption` that is entered; what was found by then is
    returned. Raises ConfigurationError for a PAC file that cannot be read."""
    trace = Trace(time.monotonic, Redactor(None))
    places = system_settings.record(trace) if wish.system_settings else ()
    if interruption is None:
        asyncio.run(_look_at_pac(trace, wish, places))
    else:
        with contextlib.suppress(KeyboardInterrupt, asyncio.CancelledError):
            asyncio.run(_until_interrupted(_look_at_pac(trace, wish, places), interruption))
        interruption.hold()
    evidence = tuple(structs.replace(record, id=f"p{record.id[1:]}") for record in trace.evidence)
    proxy, named_by = _proxy(wish, evidence, places)
    return Preparation(evidence=evidence, proxy=proxy, named_by=named_by)


async def _until_interrupted(work: Coroutine[None, None, None], interruption: Interruption) -> None:
    interruption.ends_this_task()
    await work


async def _look_at_pac(trace: Trace, wish: Wish, places: tuple[SystemSettings, ...]) -> None:
    source = wish.pac or next((place.pac_url for place in places if place.pac_url), None)
    found = await _get(trace, source, wish) if source is not None else None
    if source is None and wish.wpad:
        found = await _discover(trace, wish)
    if found is None:
        return
    own = wish.own_addresses or (own_address(),)
    view = pac.PacExamination(
        now=datetime.now().astimezone(),
        own_addresses=tuple(filter(None, own)),
        addresses=wish.addresses,
        lookup=wish.lookup and not wish.addresses,
    )
    await pac.examine(trace, *found, wish.endpoints, view)
    if wish.tries:
        seen = _view(wish, tuple(trace.evidence))
        if seen is not None:
            asked = pac_proxies.chosen(seen.routes, wish.endpoints)
            await pac_proxies.ask_proxies(trace, wish.device, asked, min(wish.timeout_s, _PROXY_S))


async def _get(trace: Trace, source: str, wish: Wish, variant: str = "url") -> tuple[bytes, str | None] | None:
    if wish.content is None and urlsplit(source).scheme.lower() in _URL_SCHEMES:
        fetched = await fetch_pac(trace, "pac", without_credentials(source), wish.timeout_s, variant=variant)
        return None if fetched is None else (fetched.body, fetched.charset)
    data = _read(source) if wish.content is None else wish.content
    recorder = trace.begin("pac", "pac_fetch", None, variant=PAC_IN_A_FILE)
    recorder.received(data)
    recorder.finish("closed", note=source)
    return data, None


def _read(source: str) -> bytes:
    path = url2pathname(urlsplit(source).path) if source.lower().startswith("file:") else source
    try:
        with Path(path).open("rb") as file:
            return file.read(MAXIMUM_BYTES + 1)
    except (OSError, ValueError) as error:
        raise unreadable(f"the PAC file {source}", error) from error


async def _discover(trace: Trace, wish: Wish) -> tuple[bytes, str | None] | None:
    """WPAD by DNS: `http://wpad.DOMAIN/wpad.dat` for this computer's own domains and what they lie in, as long as that
    is still somebody's own: above it, whoever registers the name `wpad` would be asked."""
    for name in dict.fromkeys(wpad_names(search_domains())):
        found = await _get(trace, f"http://{name}/wpad.dat", wish, WPAD)
        if found is not None:
            return found
    if not any(record.operation == "pac_fetch" for record in trace.evidence):
        nowhere = Failure("unresolvable", "pac_fetch", "no name to ask for")
        trace.begin("pac", "pac_fetch", None, variant=WPAD).finish("closed", nowhere)
    return None


def wpad_names(domains: Iterable[str]) -> Iterator[str]:
    """The names to ask for, the nearest first, up to the domain that is somebody's own: `co.uk` is nobody's."""
    for domain in dict.fromkeys(domain.lower().strip(".") for domain in domains):
        labels, own = domain.split("."), registrable(domain)
        for at in range(0 if own is None else len(labels) - own.count(".")):
            yield ".".join(("wpad", *labels[at:]))


def _view(wish: Wish, evidence: tuple[Evidence, ...]) -> PacView | None:
    return pac_view(open_case(wish.device, wish.endpoints, None, evidence, Knowledge({}, ())))


def _proxy(
    wish: Wish, evidence: tuple[Evidence, ...], places: tuple[SystemSettings, ...]
) -> tuple[ProxyAddress | None, str]:
    """A PAC file goes before a proxy that is written down, as it does on every system."""
    view = _view(wish, evidence)
    if view is not None and view.best is not None and view.best.host is not None and view.best.port is not None:
        return ProxyAddress("http", view.best.host, view.best.port), f"the PAC file {view.source}"
    manual = [proxy for proxy in distinct_proxies(places) if proxy.traffic in _USED_FOR]
    for proxy in sorted(manual, key=lambda found: _USED_FOR.index(found.traffic)):
        return proxy.address, proxy.setting
    return None, ""
