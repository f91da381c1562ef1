"""What stands for a name or an address: as long, of the same kind, and the same wherever the original stands."""

import ipaddress
import string

_LETTERS = string.ascii_lowercase


class StandIns:
    """Stand-ins in the order in which the originals are met; from one of them nothing can be told of its original."""

    def __init__(self) -> None:
        self._labels: dict[str, str] = {}
        self._used: set[str] = set()
        self._octets: dict[tuple[str, ...], dict[str, str]] = {}
        self._addresses: dict[str, str] = {}

    def word(self, original: str) -> str:
        """For one word: a user name, a label of a host name. Upper and lower case are one word."""
        key = original.lower()
        if key not in self._labels:
            self._labels[key] = self._next(len(key))
        return self._labels[key]

    def name(self, original: str) -> str:
        """For a dotted host name: label by label, so that hosts of one domain stay in one. The last label is kept."""
        *labels, last = original.split(".")
        return ".".join([*map(self.word, labels), last])

    def address(self, original: str) -> str:
        """For an IP address: a private one stays in its range and a global one global."""
        if original not in self._addresses:
            self._addresses[original] = self._ipv6(original) if ":" in original else self._ipv4(original)
        return self._addresses[original]

    def _next(self, length: int) -> str:
        number = len(self._used)
        while True:
            digits = str(number)
            made = ("name"[: max(0, length - len(digits))] + digits.rjust(max(0, length - 4), "0"))[-max(length, 1) :]
            if length == 1:
                made = _LETTERS[number % len(_LETTERS)]
            if made not in self._used and not made.isdigit():
                self._used.add(made)
                return made
            number += 1
            if number > 10 ** min(length, 5) + len(self._used):
                return f"{made}-{number}"  # more short words than there are: this one gets longer

    def _ipv4(self, original: str) -> str:
        octets = original.split(".")
        address = ipaddress.IPv4Address(original)
        kept = 1 if address.is_global else 2
        shift = 0
        while True:
            made = ".".join(
                octet if place < kept else self._octet((*octets[:place], str(len(octet))), octet, shift)
                for place, octet in enumerate(octets)
            )
            found = ipaddress.IPv4Address(made)
            if found.is_global == address.is_global and not made.startswith("192.168.10."):
                return made
            shift += 1

    def _octet(self, place: tuple[str, ...], octet: str, shift: int) -> str:
        known = self._octets.setdefault(place, {})
        if octet not in known or shift:
            first, last = {1: (0, 9), 2: (10, 99), 3: (100, 255)}[len(octet)]
            known[octet] = str(first + (len(known) + shift) % (last - first + 1))
        return known[octet]

    def _ipv6(self, original: str) -> str:
        first, *rest = original.split(":")
        return ":".join([first, *(self._group(group) for group in rest)])

    def _group(self, group: str) -> str:
        known = self._octets.setdefault(("ipv6", str(len(group))), {})
        return known.setdefault(group, f"{len(known):x}"[-len(group) :].rjust(len(group), "a")) if group else group
