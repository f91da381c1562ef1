"""One connection of a canary, without sockets: the first bytes tell what is spoken.

TLS (with all of this inside it), HTTP, or a raw stream. A client that says nothing is told that the canary is there;
one that says something else is told what arrived. Nothing is ever sent to anybody but this client.
"""

from proxycheck.canary.identity import Canary, Voice
from proxycheck.canary.raw import may_open, opening_of
from proxycheck.canary.statement import OPENING_SHOWN, Statement
from proxycheck.canary.tls import TlsSession
from proxycheck.canary.voices import HttpVoice, RawVoice
from proxycheck.wire.tls.records import HANDSHAKE


class Conversation:
    """A connection, or with `tls` the inside of its TLS session."""

    def __init__(self, canary: Canary, tls: TlsSession | None = None) -> None:
        self._canary = canary
        self._tls = tls
        self._first = b""
        self._voice: Voice | None = None

    @property
    def finished(self) -> bool:
        """Whether the connection is to be closed once nothing is pending."""
        return self._voice is not None and self._voice.finished

    def receive(self, data: bytes) -> None:
        """Takes what the client sent."""
        if self._voice is None:
            self._first += data
            self._voice = self._choose(self._first)
            data = self._first
        if self._voice is not None:
            self._voice.receive(data)

    def pending(self) -> bytes:
        """The next bytes to send, empty when there are none."""
        return b"" if self._voice is None else self._voice.pending()

    def quiet(self) -> None:
        """Silence: an answer to a client that has not begun, and the business of the voice otherwise."""
        if self._voice is None:
            self._voice = self._told()
        else:
            self._voice.quiet()

    def _choose(self, first: bytes) -> Voice | None:
        opening = opening_of(first)
        if opening is not None:
            return RawVoice(self._canary, opening)
        if may_open(first):
            return None
        if first[0] == HANDSHAKE and self._tls is None:
            return TlsVoice(self._canary)
        return HttpVoice(self._canary, self._tls) if first[:1].isalpha() else self._told()

    def _told(self) -> Voice:
        head = self._first[:OPENING_SHOWN].decode("latin-1")
        return LastWord(self._canary.say(Statement(about="opening" if head else "banner", head=head)))


class LastWord:
    """One statement, and the end."""

    finished = True

    def __init__(self, words: bytes) -> None:
        self._words = words

    def receive(self, _data: bytes) -> None:
        """Nothing more is listened to."""

    def pending(self) -> bytes:
        """The statement, once."""
        words, self._words = self._words, b""
        return words

    def quiet(self) -> None:
        """Nothing more is said."""


class TlsVoice:
    """TLS, and a conversation inside it."""

    def __init__(self, canary: Canary) -> None:
        self._session = canary.identity.session()
        self._inside = Conversation(canary, self._session)
        self._closed = False

    @property
    def finished(self) -> bool:
        """Whether the session has ended."""
        return self._closed or self._session.state == "ended"

    def receive(self, data: bytes) -> None:
        """Takes records."""
        plain = self._session.receive(data)
        if plain:
            self._inside.receive(plain)

    def pending(self) -> bytes:
        """Records to send."""
        if self._session.state == "established" and not self._closed:
            said = self._inside.pending()
            if said:
                self._session.write(said)
            elif self._inside.finished:
                self._session.close()
                self._closed = True
        return self._session.pending()

    def quiet(self) -> None:
        """Silence inside an established session is silence of the conversation; a handshake has to go on."""
        if self._session.state == "established":
            self._inside.quiet()
        else:
            self._closed = True
