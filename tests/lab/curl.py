"""curl as a client that is not ours: what it saw of a proxy, for a person's eye and for a comparison."""

import asyncio
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

_ISSUER = re.compile(r"^\*  issuer: (.*)$", re.MULTILINE)
_TEAMVIEWER = ("got 1100", "got 36")
"""How versions of curl tell the box's answer to TeamViewer's greeting, 17 24 11 00 .., which is no MQTT."""
_NUMBERS = re.compile(r"\n<<(\d+) (\d+) ([\d.]+)>>\n")
PATIENCE_S = 20.0
"""For what is expected to answer: long enough for a machine that is busy with other things."""


@dataclass(frozen=True)
class Seen:
    """One run of curl. `exit_code` is curl's own (0 is success), `connect` the status code of the proxy's last answer
    to CONNECT and `status` that of the last answer, 0 where there was none. `words` is what `--verbose` told."""

    url: str
    exit_code: int
    connect: int
    status: int
    seconds: float
    body: str
    words: str

    @property
    def tunnel(self) -> bool:
        """Whether curl took the proxy's answer for a tunnel."""
        return 200 <= self.connect < 300

    @property
    def reached(self) -> bool:
        """Whether the answer of the host itself came, and nothing else."""
        if self.url.startswith("mqtt:"):
            return self.tunnel and any(words in self.words for words in _TEAMVIEWER)
        if self.url.endswith("/generate_204"):
            return self.exit_code == 0 and self.status == 204 and not self.body.strip()
        host = self.url.split("/")[2].partition(":")[0]
        return self.exit_code == 0 and self.status == 200 and f"<p>This is {host}" in self.body

    @property
    def issuer(self) -> str:
        """Who signed the certificate that was shown, empty where there was none."""
        found = _ISSUER.findall(self.words)
        return found[-1] if found else ""

    def __str__(self) -> str:
        """In a line, and then what curl said."""
        numbers = f"exit code {self.exit_code}, CONNECT {self.connect}, status {self.status}, {self.seconds:.1f} s"
        return f"{self.url}: {numbers}, issuer {self.issuer!r}, body {self.body[:80]!r}\n{self.words}"


@dataclass(frozen=True)
class Login:
    """What curl gives for a user name and a password, when the proxy asks."""

    user: str
    password: str

    def line(self) -> bytes:
        """For a configuration file of curl. ISO-8859-1, as the device writes it (RFC 7617 section 2.1 lets it)."""
        quoted = f"{self.user}:{self.password}".replace("\\", "\\\\").replace('"', '\\"')
        return f'proxy-user = "{quoted}"\n'.encode("latin-1")


async def curl(
    proxy: str,
    url: str,
    roots: Path,
    login: Login | None,
    options: Sequence[str],
    patience_s: float,
    within: Sequence[str] = (),
) -> Seen:
    """Fetches `url` through `proxy`, as curl does it by itself apart from `options`. `within` is a command that runs
    another one, such as in a network namespace."""
    command = [
        *within,
        "curl",
        "--disable",
        "--config",
        "-",
        "--silent",
        "--verbose",
        "--noproxy",
        "",
        "--cacert",
        str(roots),
    ]
    command += ["--proxy", proxy, "--compressed", "--max-time", f"{patience_s:g}"]
    command += ["--write-out", "\n<<%{http_connect} %{response_code} %{time_total}>>\n", *options, url]
    pipe = asyncio.subprocess.PIPE
    running = await asyncio.create_subprocess_exec(*command, stdin=pipe, stdout=pipe, stderr=pipe)
    body, words = await running.communicate(login.line() if login else b"")
    assert running.returncode is not None
    text = body.decode("latin-1")
    numbers = _NUMBERS.search(text)
    assert numbers, f"curl did not run: {words.decode(errors='replace')}"
    return Seen(
        url=url,
        exit_code=running.returncode,
        connect=int(numbers[1]),
        status=int(numbers[2]),
        seconds=float(numbers[3]),
        body=text[: numbers.start()],
        words=words.decode("latin-1"),
    )
