"""What a writer of one format gets and returns."""

from collections.abc import Callable, Iterable, Iterator
from itertools import islice

from msgspec import Struct

from proxycheck.model.files.allowlist import AllowlistFormat, Entry, Hosts, Purpose
from proxycheck.report.texts import texts


class Task(Struct, frozen=True):
    """The hosts, the product that the list is for, what the list shall do, and the HOST:PORT of the proxy."""

    hosts: Hosts
    product: AllowlistFormat
    purpose: Purpose
    proxy: str

    @property
    def entries(self) -> tuple[Entry, ...]:
        """The hosts and patterns, sorted."""
        return self.hosts.entries

    @property
    def name(self) -> str:
        """The device's name as a short identifier: `proxycheck_sendpro_c`."""
        letters = "".join(letter if letter.isascii() and letter.isalnum() else "_" for letter in self.hosts.name[:24])
        return f"proxycheck_{letters}"

    @property
    def heading(self) -> str:
        """Comment lines: whose hosts these are, after which guide, and what the list is for."""
        sign = self.product.comment or ""
        words = texts().allowlist
        use = self.hosts.exemption.use if self.hosts.exemption else words.purposes[self.purpose]
        lines = (f"{self.hosts.title}: {use}", words.guide.format(guide=self.hosts.document))
        return "".join(f"{sign} {line}\n" for line in lines)


class Written(Struct, frozen=True):
    """The text of a list, the number of its entries, and what could not be expressed: a sentence each.

    `unnamed` are the ports that it leaves out although the product takes ports; None where those of every entry are
    left out."""

    text: str
    entries: int
    notes: tuple[str, ...] = ()
    unnamed: tuple[int, ...] | None = ()


Writer = Callable[[Task], Written]


def lines_of(lines: Iterable[str], notes: tuple[str, ...] = ()) -> Written:
    """One entry a line."""
    entries = list(lines)
    return Written("".join(f"{line}\n" for line in entries), len(entries), notes)


def with_domain(entries: Iterable[Entry], exact: str, *patterns: str) -> tuple[str, ...]:
    """A line for each host in the form `exact`, and for a pattern one more in each of the forms `patterns`.

    For products whose patterns do not stand for the domain itself."""
    forms = ((form, entry) for entry in entries for form in ((exact, *patterns) if entry.below else (exact,)))
    return tuple(dict.fromkeys(form.format(entry.host) for form, entry in forms))


def uncovered(entries: Iterable[Entry], levels: int | None = None, *, by_port: bool = False) -> tuple[Entry, ...]:
    """The entries without those that a pattern among them stands for already; `by_port`: on all their ports.

    A pattern stands for its domain and for at most `levels` labels below; without that, for any number."""
    members = tuple(entries)
    patterns = {entry.host: entry for entry in members if entry.below}

    def covered(entry: Entry) -> bool:
        domains = islice(_domains(entry.host), None if levels is None else levels + 1)
        above = (patterns[domain] for domain in domains if domain in patterns)
        return any(other != entry and (not by_port or set(entry.ports) <= set(other.ports)) for other in above)

    return tuple(entry for entry in members if not covered(entry))


def _domains(host: str) -> Iterator[str]:
    """The name itself and every domain that it is in."""
    while host:
        yield host
        _, _, host = host.partition(".")
