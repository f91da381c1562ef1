"""One stack as a running process: requests go in as lines of JSON, what came of each comes back as one."""

import itertools
import os
import queue
import ssl
import subprocess
import tempfile
import threading
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

import msgspec
from msgspec import Struct

from proxycheck.catalogue.trust import device_roots
from tests.real.device_stack.building import built
from tests.real.device_stack.stacks import JavaStack

STORE = "android-7.0"
"""The roots that every stack trusts: those of Android 7.0. Which ones the device's Android 9 has is not known."""
GRACE_S = 60.0
"""How long beyond its patience a request may take on a busy machine."""


class Work(Struct, frozen=True, kw_only=True, rename="camel"):
    """One request: `times` the same URL, one after the other, by one client that keeps its connections."""

    url: str
    proxy_host: str
    proxy_port: int
    roots: str
    user: str | None = None
    password: str | None = None
    patience_ms: int = 5000
    times: int = 1
    id: int = 0


class Seen(Struct, frozen=True, kw_only=True, rename="camel"):
    """What the stack made of it. `status` and the beginning of `body` are the last answer's, 0 where there was none;
    `errors` are the exception and its causes, `by_proxy` what failed through the proxy before a direct connection was
    tried; `asked` counts how often it wanted user name and password, `endless` says that it would have gone on for
    ever, and `trusted` counts the roots that it trusts."""

    id: int
    url: str
    status: int
    body: str
    errors: tuple[str, ...]
    by_proxy: tuple[str, ...]
    asked: int
    endless: bool
    elapsed_ms: int
    trusted: int

    @property
    def reached(self) -> bool:
        """Whether the answer of the lab's host itself came, and nothing else."""
        if self.errors:
            return False
        if self.url.endswith("/generate_204"):
            return self.status == 204 and not self.body
        host = self.url.split("/")[2].partition(":")[0]
        return self.status == 200 and f"<p>This is {host}" in self.body

    def __str__(self) -> str:
        """In one line."""
        words = "reached" if self.reached else f"status {self.status}, {self.body[:60]!r}"
        return f"{self.url}: {words}; asked {self.asked}; {' / '.join((*self.by_proxy, *self.errors))}"


class RunningStack:
    """The process of one Java stack. Requests may be handed in by several threads and are made side by side."""

    def __init__(self, stack: JavaStack, within: Sequence[str] = ()) -> None:
        """`within` is a command that runs another one, such as in a network namespace."""
        self.stack = stack
        self._within = tuple(within)
        self._numbers = itertools.count(1)
        self._waiting: dict[int, queue.SimpleQueue[Seen | None]] = {}
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        """Starts it. Raises BuildError where it cannot be built."""
        target = built() / "target"
        self._folder = tempfile.TemporaryDirectory(prefix="device-stack-")
        store = Path(self._folder.name, "store.pem")
        store.write_text("".join(ssl.DER_cert_to_PEM_cert(der) for der in device_roots(STORE).certificates))
        names = [f"-D{key}={value}" for key, value in self.stack.properties.items()]
        # Names are looked up in an empty file: whatever is not the proxy's address does not exist for the stack.
        # Conscrypt of that age asks the JDK for what later JDKs keep to themselves.
        names.append("--add-exports=java.base/sun.security.x509=ALL-UNNAMED")
        names.append(f"-Djdk.net.hosts.file={os.devnull}")
        names.append(f"-Dstack.store={store}")
        path = os.pathsep.join((str(target / "classes"), str(target / self.stack.name / "*")))
        command = (
            *self._within,
            "java",
            "-Xmx256m",
            "-XX:TieredStopAtLevel=1",
            *names,
            "-cp",
            path,
            "devicestack.Main",
        )
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        """Ends it."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        try:
            self._process.wait(10.0)
        finally:
            self._process.kill()
            self._process.wait()
            self._reader.join()
            assert self._process.stdout is not None
            self._process.stdout.close()
            self._folder.cleanup()

    def fetch(self, works: Sequence[Work]) -> list[Seen]:
        """What came of each, in the order given; all are made at once."""
        return [self._answer(work, *handed) for work, handed in [(work, self._hand(work)) for work in works]]

    def _hand(self, work: Work) -> tuple[int, "queue.SimpleQueue[Seen | None]"]:
        answer: queue.SimpleQueue[Seen | None] = queue.SimpleQueue()
        with self._lock:
            number = next(self._numbers)
            self._waiting[number] = answer
            assert self._process.stdin is not None
            self._process.stdin.write(msgspec.json.encode(msgspec.structs.replace(work, id=number)) + b"\n")
            self._process.stdin.flush()
        return number, answer

    def _answer(self, work: Work, number: int, answer: "queue.SimpleQueue[Seen | None]") -> Seen:
        try:
            seen = answer.get(timeout=work.patience_ms / 1000 * work.times * 4 + GRACE_S)
        finally:
            del self._waiting[number]
        if seen is None:
            raise RuntimeError(f"the stack {self.stack.name} ended while it fetched {work.url}")
        return seen

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            seen = msgspec.json.decode(line, type=Seen)
            self._waiting[seen.id].put(seen)
        for waiting in tuple(self._waiting.values()):
            waiting.put(None)


@contextmanager
def running(stacks: Sequence[JavaStack], within: Sequence[str] = ()) -> Iterator[dict[str, RunningStack]]:
    """Each stack in a process of its own, by its name."""
    with ExitStack() as stack:
        yield {java.name: stack.enter_context(RunningStack(java, within)) for java in stacks}


def fetch_by_each(stacks: Mapping[str, RunningStack], works: Sequence[Work]) -> dict[str, list[Seen]]:
    """What came of the same requests from each stack, all at once."""
    with ThreadPoolExecutor(len(stacks)) as threads:
        return dict(zip(stacks, threads.map(lambda stack: stack.fetch(works), stacks.values()), strict=True))


def work(url: str, proxy: tuple[str, int], roots: Path, user: str | None, password: str | None) -> Work:
    """One request through `proxy` with the credentials of its screen."""
    return Work(url=url, proxy_host=proxy[0], proxy_port=proxy[1], roots=str(roots), user=user, password=password)
