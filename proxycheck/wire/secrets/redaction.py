"""Takes secrets out of recorded bytes, before they become evidence.

What is removed: the secrets of this run in every form they can take (`proxycheck.wire.secrets.forms`), and
what is secret by its place, whoever's it is (`proxycheck.wire.secrets.fields`). What is left in their place is
always `<redacted>`; after it stands the length of a token of NTLM, Negotiate or Kerberos, as in `<redacted>
(312 characters)`.

A password of four characters and more is removed wherever it stands, but for the words that HTTP itself writes in
their places (`proxycheck.wire.secrets.protocol_words`): evidence stays evidence where a password is one of them.
Shorter ones are removed only where they mean something: as `user:password`, in base64, in a field's value.
"""

import re
from bisect import bisect_right
from collections.abc import Iterable

from proxycheck.model.target import Credentials
from proxycheck.wire.secrets.fields import REDACTED, REDACTION, Edit, field_edits
from proxycheck.wire.secrets.forms import SecretForms, Span
from proxycheck.wire.secrets.protocol_words import protocol_spans

__all__ = ["REDACTED", "REDACTION", "Redactor"]

_REDACTION = re.compile(REDACTION.pattern.encode())
_PASSES = 8
_SHORT, _MOST_KNOWN = 1024, 512
"""A proxy says the same to most requests. As many short texts without a secret are known again, of so many bytes."""


class Redactor:
    """Removes the secrets of `credentials`, and of every further pair in `also` (a variant of the user
    name)."""

    def __init__(self, credentials: Credentials | None, also: Iterable[Credentials] = ()) -> None:
        pairs = [*([] if credentials is None else [credentials]), *also]
        self._forms = [SecretForms(pair) for pair in pairs]
        self._without: set[bytes] = set()

    def clean(self, data: bytes) -> bytes:
        """`data` without secrets. Takes any bytes, never raises, and changes nothing in what it returned
        before.

        Give it whole messages: what a cut has left of a secret is not recognised."""
        if data in self._without:
            return data
        for _ in range(_PASSES):  # what stands beside a removed secret may read as another only now
            cleaned = self._pass(data)
            if cleaned == data:
                if len(data) <= _SHORT and len(self._without) < _MOST_KNOWN:
                    self._without.add(data)
                break
            data = cleaned
        return data

    def _pass(self, data: bytes) -> bytes:
        edits = list(field_edits(data))
        edits += [(start, end, REDACTED.encode()) for start, end in _outside_marks(data, self._spans(data))]
        if not edits:
            return data
        pieces: list[bytes] = []
        done = 0
        for start, end, text in _merged(edits):
            pieces += [data[done:start], text]
            done = end
        return b"".join((*pieces, data[done:]))

    def _spans(self, data: bytes) -> Iterable[Span]:
        found = [span for forms in self._forms for span in forms.spans(data)]
        words = list(protocol_spans(data)) if found else []
        if not words:
            return found
        starts = [start for start, _ in words]
        return (span for span in found if words[bisect_right(starts, span[0]) - 1][1] < span[1] or span[0] < starts[0])


def _outside_marks(data: bytes, spans: Iterable[Span]) -> list[Span]:
    """The spans that do not touch what an earlier redaction wrote, unless they hold it and more."""
    marks = [match.span() for match in _REDACTION.finditer(data)]
    starts = [start for start, _ in marks]
    kept: list[Span] = []
    for start, end in spans:
        mark_start, mark_end = marks[max(0, bisect_right(starts, end - 1) - 1)] if marks else (0, 0)
        apart = end <= mark_start or mark_end <= start
        if apart or (start <= mark_start and mark_end <= end and mark_end - mark_start < end - start):
            kept.append((start, end))
    return kept


def _merged(edits: list[Edit]) -> list[Edit]:
    """Edits in order, those that overlap made one."""
    merged: list[Edit] = []
    for start, end, text in sorted(edits, key=lambda edit: (edit[0], -edit[1])):
        if merged and start < merged[-1][1]:
            if end > merged[-1][1]:
                merged[-1] = (merged[-1][0], end, REDACTED.encode())
        else:
            merged.append((start, end, text))
    return merged
