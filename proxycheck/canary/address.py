"""How a canary is written: `HOST[:PORT[,PLAIN_PORT]]#KEY`, as `proxycheck canary serve` prints it.

PORT is 443 unless given, PLAIN_PORT the same as PORT. KEY is the canary's public key (32 bytes, base64url): with it in
the address, whoever answers without the key is not the canary.
"""

from proxycheck.canary.statement import key_from
from proxycheck.errors import UsageError
from proxycheck.model.canary import CanaryAddress
from proxycheck.model.target import Target
from proxycheck.wire.address import parse_target

_FORM = "write HOST:PORT#KEY as proxycheck canary serve prints it"
_DEFAULT_PORT = "443"


def parse_canary(text: str) -> CanaryAddress:
    """The canary that `text` names. Raises UsageError for anything else, saying what to write."""
    where, hash_sign, key = text.strip().rpartition("#")
    if not hash_sign:
        raise UsageError(f"{text!r} has no key of the canary, so that anybody could speak for it; {_FORM}")
    try:
        key_from(key)
    except ValueError:
        raise UsageError(f"{key[:60]!r} is no key of a canary, which is 43 letters, digits, - and _; {_FORM}") from None
    where, comma, plain = where.partition(",")
    if ":" not in where.rpartition("]")[2]:
        where = f"{where}:{_DEFAULT_PORT}"
    target = parse_target(where)
    plain_port = parse_target(f"{where.rpartition(':')[0]}:{plain}").port if comma else target.port
    return CanaryAddress(target.host, target.port, plain_port, key)


def write_canary(address: CanaryAddress) -> str:
    """The canary as a person hands it on."""
    where = Target(address.host, address.port).id
    return where + (f",{address.plain_port}" if address.plain_port != address.port else "") + f"#{address.key}"
