"""The private internet, populated: an origin and a name for every host, and the roots that a client may trust."""

import contextlib
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import msgspec
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding

from proxycheck.lab.internet.ct_log import LabLog, log_list
from tests.real.authority import Authority, Key, company_authority, new_key, write_chain
from tests.real.internet import Host, Specification
from tests.real.namespace import Namespace
from tests.real.namespaces import CUSTOMER_RESOLVER, PrivateInternet, private_internet

REPOSITORY = Path(__file__).resolve().parents[2]

_FAMILIES = (
    ("google.com", "googleapis.com", "gstatic.com", "gvt1.com", "googleusercontent.com"),
    ("pb.com",),
)
"""Domains whose hosts share one certificate and one key, as they do on the real internet."""


@dataclass(frozen=True)
class World:
    """Everything a scenario stands on.

    `roots` is a PEM file with the public roots of this internet, `logs` the list of its transparency logs; `company` a
    PEM file with key and certificate of the customer's own authority; `hosts` maps every name to its address;
    `asked_names` has a line for every name that the client asked the customer's DNS for; `folder` is readable by any
    user, because engines drop root."""

    network: PrivateInternet
    hosts: dict[str, str]
    roots: Path
    logs: Path
    company: Path
    company_root: Path
    asked_names: Path
    folder: Path


Furnish = Callable[[Authority, Path], Mapping[str, Path]]
"""Given a public authority and a folder, the hosts with manners of their own and their files of key and chain."""


def _ordinary(_: Authority, __: Path) -> Mapping[str, Path]:
    return {}


@contextlib.contextmanager
def world(names: Iterable[str], furnish: Furnish = _ordinary) -> Iterator[World]:
    """A private internet on which `names` exist, served until the block ends."""
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="pctest-")))
        folder.chmod(0o755)
        network = stack.enter_context(private_internet())
        specification = _specify(sorted({name.lower() for name in names}), folder, furnish)
        stack.enter_context(_serve(network, specification, folder))
        asked = folder / "asked-names"
        resolver = ("-m", "tests.real.resolver", CUSTOMER_RESOLVER, str(asked))
        stack.enter_context(_process(network.proxy, resolver, asked, folder))
        certificate, key = company_authority()
        write_chain(folder / "company.pem", [certificate], key)
        (folder / "company-root.pem").write_bytes(certificate.public_bytes(Encoding.PEM))
        (folder / "company.pem").chmod(0o644)
        yield World(
            network,
            {name: host.address for name, host in specification.hosts.items()},
            folder / "roots.pem",
            folder / "logs.tsv",
            folder / "company.pem",
            folder / "company-root.pem",
            asked,
            folder,
        )


def wait_until(ready: Callable[[], bool], process: subprocess.Popen[bytes], log: Path, limit_s: float = 20.0) -> None:
    """Return when `ready()` holds. Raises RuntimeError with the log when the process ended or the limit passed."""
    deadline = time.monotonic() + limit_s
    while not ready():
        if process.poll() is not None:
            raise RuntimeError(f"ended with {process.returncode} before it was ready:\n{log.read_text()}")
        if time.monotonic() > deadline:
            raise RuntimeError(f"not ready after {limit_s} s:\n{log.read_text()}")
        time.sleep(0.01)


_MOST_ADDRESSES = 508


def _family(name: str) -> str:
    if name.endswith(".example"):
        return name.partition(".")[2]
    for family in _FAMILIES:
        if any(name == domain or name.endswith("." + domain) for domain in family):
            return family[0]
    return name


def _specify(names: list[str], folder: Path, furnish: Furnish) -> Specification:
    certificates = folder / "certificates"
    certificates.mkdir()
    log = LabLog("Example Transparency 2026")
    (folder / "logs.tsv").write_text(log_list([log]))
    authorities = (Authority("Example Trust Services", log), Authority("Sample Certification", log))
    roots = b"".join(authority.root.public_bytes(Encoding.PEM) for authority in authorities)
    (folder / "roots.pem").write_bytes(roots)
    families: dict[str, list[str]] = {}
    for name in names:
        families.setdefault(_family(name), []).append(name)
    for index, (family, members) in enumerate(families.items()):
        key: Key = rsa.generate_private_key(65537, 2048) if family == "pb.com" else new_key()
        write_chain(certificates / f"{family}.pem", authorities[index % 2].issue(members, key), key)
    own = furnish(authorities[0], certificates)
    # Where there are more names than addresses, those that share a certificate share an address.
    homes = dict.fromkeys(names if len(names) <= _MOST_ADDRESSES else families)
    addresses = dict(zip(homes, _addresses(), strict=False))
    hosts = {
        name: Host(
            addresses.get(name) or addresses[_family(name)], str(own.get(name, certificates / f"{_family(name)}.pem"))
        )
        for name in names
    }
    return Specification(hosts=hosts, ready=str(folder / "ready"))


def _addresses() -> Iterator[str]:
    for network in ("203.0.113", "198.51.100"):
        for last in range(1, 255):
            yield f"{network}.{last}"


def _serve(
    network: PrivateInternet, specification: Specification, folder: Path
) -> contextlib.AbstractContextManager[None]:
    description = folder / "internet.json"
    description.write_bytes(msgspec.json.encode(specification))
    command = ("-m", "tests.real.internet", str(description))
    return _process(network.internet, command, Path(specification.ready), folder)


@contextlib.contextmanager
def _process(namespace: Namespace, command: tuple[str, ...], ready: Path, folder: Path) -> Iterator[None]:
    """A Python process in a namespace, from the moment its file `ready` appears to the end of the block."""
    log = folder / f"{ready.name}.log"
    process = namespace.start(sys.executable, *command, log=log, directory=REPOSITORY)
    try:
        wait_until(ready.exists, process, log)
        yield
    finally:
        process.kill()
        process.wait()
