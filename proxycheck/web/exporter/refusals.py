"""Remembers which credentials a proxy refused, so that no account is locked by being asked for every minute.

A pair of user name and password that a target refused is not sent there again until one of the two changes, however
often it is scraped, reloaded or (with a file) started again. At most `most` targets get to refuse one pair: an account
of a directory that forty proxies ask is not tried forty times. Where the answers leave open whether the credentials are
right, and they were never accepted there, they rest for an hour.
"""

import asyncio
import contextlib
import hashlib
import secrets
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct, field

from proxycheck.errors import ConfigurationError
from proxycheck.model.report import CredentialsAnswer
from proxycheck.model.target import Credentials

REST_S: Final = 3600.0
_MOST_REMEMBERED: Final = 200
_WORK: Final = 2**14
"""The cost of one guess at a password for who steals the file: some 50 ms and 16 MB."""


class CredentialsHeldError(Exception):
    """These credentials are not sent to this target now; the message says why."""


class _Remembered(Struct, forbid_unknown_fields=True):
    """The file: by the digest of a pair, the targets that refused it. No password can be read from it."""

    salt: str
    refused: dict[str, list[str]] = field(default_factory=dict)


class Refusals:
    """What is known of each pair of credentials, in memory and, where there is one, in a file.

    Raises ConfigurationError for a file that cannot be read or written."""

    def __init__(self, clock: Callable[[], float], file: Path | None = None) -> None:
        self._clock = clock
        self._file = file
        self._known = _read(file)
        self._digests: dict[Credentials, str] = {}
        self._accepted: set[tuple[str, str]] = set()
        self._resting: dict[tuple[str, str], float] = {}
        self._under_way: dict[str, int] = {}
        self._turn = asyncio.Condition()
        self._write()

    def held(self, credentials: Credentials, target: str, most: int) -> bool:
        """Whether these credentials are not to be sent to `target`, because it, or `most` others, refused them."""
        digest = self._digest(credentials)
        return target in self._refusing(digest) or len(self._refusing(digest)) >= most

    @contextlib.asynccontextmanager
    async def turn(self, credentials: Credentials | None, target: str, most: int) -> AsyncIterator[None]:
        """The time in which `credentials` may be sent to `target`. As many targets get them at once as may still refuse
        them. Raises CredentialsHeldError when they have become too many."""
        if credentials is None:
            yield
            return
        digest = self._digest(credentials)
        async with self._turn:
            while not self.held(credentials, target, most):
                if self._under_way.get(digest, 0) < most - len(self._refusing(digest)):
                    break
                await self._turn.wait()
            else:
                raise CredentialsHeldError("these credentials were refused")
            self._under_way[digest] = self._under_way.get(digest, 0) + 1
        try:
            yield
        finally:
            self._under_way[digest] -= 1
            if not self._under_way[digest]:
                del self._under_way[digest]
            async with self._turn:
                self._turn.notify_all()

    def settle(self, credentials: Credentials, target: str, answer: CredentialsAnswer | None) -> None:
        """Keeps what a run found of `credentials`; None where it ended before it could tell.

        Raises ConfigurationError when the file cannot be written; it is kept in memory all the same."""
        digest = self._digest(credentials)
        pair = (digest, target)
        if answer == "accepted":
            self._accepted.add(pair)
        elif answer == "refused":
            self._refuse(digest, target)
        elif answer != "unsent" and pair not in self._accepted:
            self._resting[pair] = self._clock() + REST_S

    def _refusing(self, digest: str) -> set[str]:
        now = self._clock()
        self._resting = {pair: until for pair, until in self._resting.items() if until > now}
        return {*self._known.refused.get(digest, ()), *(target for key, target in self._resting if key == digest)}

    def _refuse(self, digest: str, target: str) -> None:
        targets = self._known.refused.pop(digest, [])
        self._known.refused[digest] = [*(name for name in targets if name != target), target]
        while len(self._known.refused) > _MOST_REMEMBERED:
            del self._known.refused[next(iter(self._known.refused))]
        self._write()

    def _digest(self, credentials: Credentials) -> str:
        if credentials not in self._digests:
            if len(self._digests) >= _MOST_REMEMBERED:
                self._digests.clear()
            secret = f"{credentials.username}:{credentials.password}".encode("utf-8", "surrogateescape")
            salt = bytes.fromhex(self._known.salt)
            self._digests[credentials] = hashlib.scrypt(secret, salt=salt, n=_WORK, r=8, p=1, dklen=16).hex()
        return self._digests[credentials]

    def _write(self) -> None:
        if self._file is None:
            return
        draft = self._file.with_name(f"{self._file.name}.part")
        try:
            draft.unlink(missing_ok=True)
            draft.touch(mode=0o600, exist_ok=False)
            draft.write_bytes(msgspec.json.encode(self._known))
            draft.replace(self._file)
        except OSError as error:
            raise ConfigurationError(f"{self._file} cannot be written: {error.strerror}") from error


def _read(file: Path | None) -> _Remembered:
    if file is None or not file.exists():
        return _Remembered(salt=secrets.token_hex(16))
    try:
        known = msgspec.json.decode(file.read_bytes(), type=_Remembered)
        bytes.fromhex(known.salt)
    except (OSError, ValueError, msgspec.MsgspecError) as error:
        sentence = f"{file} does not hold what the exporter remembered; take it away to begin anew"
        raise ConfigurationError(sentence) from error
    return known
