"""What one client may ask of a canary: connections, bytes, time and work. A client is an address."""

from collections.abc import Callable

from msgspec import Struct

MEGABYTE = 1024 * 1024


class CanaryLimits(Struct, frozen=True, kw_only=True):
    """Limits of one canary. Times in seconds, sizes in bytes of both directions together.

    One whole check needs 25 connections at once and about 20 MB. A proxy's clients share its address."""

    connections: int = 512
    connections_per_client: int = 64
    bytes_per_connection: int = 24 * MEGABYTE
    bytes_per_client: int = 512 * MEGABYTE
    window_s: float = 3600.0
    quiet_s: float = 1.5
    """After this silence a client that has said nothing is told the banner: longer than any way takes once there and
    back, by satellite as well."""
    stall_s: float = 5.0
    """After this silence in the middle of something it is over."""
    write_s: float = 60.0
    """How long the client may leave what it asked for unread."""
    longest_s: float = 3600.0
    """No connection lives longer, however it behaves."""
    linger_s: float = 1.0
    """How long to listen to a client after the last word, so that its bytes do not cut off that word."""
    work_per_client_s: float = 120.0
    """The processor's time that one client may cost in a window; a whole check costs about a second."""


class _Account(Struct):
    connections: int = 0
    spent: int = 0
    worked_s: float = 0.0
    since: float = 0.0


_MOST_ACCOUNTS = 4096


class Ledger:
    """Counts what each client has used. `clock` gives seconds and never goes back."""

    def __init__(self, limits: CanaryLimits, clock: Callable[[], float]) -> None:
        self._limits = limits
        self._clock = clock
        self._accounts: dict[str, _Account] = {}
        self._open = 0

    def __len__(self) -> int:
        """How many clients are remembered."""
        return len(self._accounts)

    def admit(self, client: str) -> str | None:
        """Opens a connection for the client; a sentence, and no connection, when there is no room for it.

        Where all places are taken, one is made by whoever has more of them (`crowding`)."""
        account = self._account(client)
        if self._open >= self._limits.connections and self.crowding(client) is None:
            return "too many connections"
        if account.connections >= self._limits.connections_per_client:
            return "too many connections from this address"
        if account.spent >= self._limits.bytes_per_client:
            return "this address has used its bytes for now"
        if account.worked_s >= self._limits.work_per_client_s:
            return "this address has made enough work for now"
        account.connections += 1
        self._open += 1
        return None

    def crowding(self, client: str) -> str | None:
        """The client that has to give a place to this one: the one with the most connections where all places are
        taken and it has at least two more; None otherwise."""
        if self._open < self._limits.connections:
            return None
        most = max(self._accounts, key=lambda name: self._accounts[name].connections)
        return most if self._accounts[most].connections > self._account(client).connections + 1 else None

    def leave(self, client: str) -> None:
        """Closes a connection that was admitted."""
        self._accounts[client].connections -= 1
        self._open -= 1

    def spend(self, client: str, size: int) -> bool:
        """Counts bytes; False when the client has no more."""
        account = self._account(client)
        account.spent += size
        return account.spent <= self._limits.bytes_per_client

    def work(self, client: str, seconds: float) -> bool:
        """Counts the processor's time; False when the client has no more."""
        account = self._account(client)
        account.worked_s += seconds
        return account.worked_s <= self._limits.work_per_client_s

    def _account(self, client: str) -> _Account:
        now = self._clock()
        account = self._accounts.get(client)
        if account is None:
            self._forget(now)
            account = self._accounts[client] = _Account(since=now)
        elif now - account.since >= self._limits.window_s:
            account.spent, account.worked_s, account.since = 0, 0.0, now
        return account

    def _forget(self, now: float) -> None:
        """Keeps the book small: whoever is not connected and has not come for a whole window is forgotten; under
        pressure also whoever came last longest ago."""
        if len(self._accounts) < _MOST_ACCOUNTS:
            return
        idle = sorted((a.since, client) for client, a in self._accounts.items() if not a.connections)
        for since, client in idle[: _MOST_ACCOUNTS // 2]:
            if now - since >= self._limits.window_s or len(self._accounts) >= _MOST_ACCOUNTS // 2:
                del self._accounts[client]
