"""What is wrong at a customer's, and the same software with the lines of a remedy where the remedy says.

Each remedy of `fixtures/products/` that is marked as `proved` has its `Repair` here: a module for each engine, one
literal in each."""

from collections.abc import Callable
from dataclasses import dataclass

from proxycheck.model.cause import CauseCode
from tests.real.engines import Software
from tests.real.namespaces import CLIENT_ADDRESS
from tests.real.scenarios import Login

FEW = (
    *("--only", "distservp1.pb.com:*", "--only", "decometlb5.pb.com:*", "--only", "s3.amazonaws.com:*"),
    *("--only", "csd-launcher.s3.amazonaws.com:*", "--only", "mtalk.google.com:*"),
    *("--only", "api.pitneybowes.com:*", "--only", "master3.teamviewer.com:*"),
)
"""Several ports, several domains."""


@dataclass(frozen=True)
class Repair:
    """A broken set-up, the cause that a report tells of it, and the set-up with the told lines.

    `number` counts the remedies that the product has for the cause. `behind` is what the software passes requests on
    to, `behind_after` what it passes them on to when it is put right. Where not `shown`, nothing on the wire names the
    product, so that the report cannot tell the remedy: its lines come from the product's file. `canary`: the cause is
    one that a canary shows."""

    name: str
    cause: CauseCode
    product: str
    broken: Software
    repaired: Callable[[str], Software]
    number: int = 0
    login: Login | None = None
    login_after: Login | None = None
    device: str = "sendpro-c"
    arguments: tuple[str, ...] = FEW
    behind: Software | None = None
    behind_after: Software | None = None
    shown: bool = True
    canary: bool = False


def pasted(lines: str) -> str:
    """Lines as a configuration of these tests takes them, for the address of the client."""
    return lines.replace("$", "$$").replace("ADDRESS-OF-THE-DEVICE", CLIENT_ADDRESS)
