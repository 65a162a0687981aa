"""A long log, written quickly: every line is valid and chained, as the writer would have written it."""

from hashlib import blake2b
from pathlib import Path
from typing import Final

from duologue.record.events import RunStarted
from duologue.record.lines import encode_line
from duologue.record.parts import LimitsRecord, PairRecord

_AT: Final = b'"at":"2026-11-22T03:12:45.120Z"'
_ROLES: Final = (b"assistant", b"user")
_TEXT: Final = b"The river keeps no secret from the stone; it only takes its time to say it. " * 7
_HEADER: Final = RunStarted(
    program="0.1.0",
    run="long",
    goal="Go on for a long time.",
    pair=PairRecord(name="general", title="General", version=1, prompts={}),
    settings={},
    limits=LimitsRecord(),
    seed=1,
)


def write_log(path: Path, events: int) -> int:
    """Write a log of that many events, about 300 bytes each, and return the number of its last turn."""
    line, total = encode_line(1, "2026-11-22T03:12:45.120Z", 0.0, _HEADER, "")
    digits = total.encode("ascii")
    with path.open("wb") as file:
        file.write(line)
        for seq in range(2, events + 1):
            body = _body(seq)
            digits = blake2b(digits + body).hexdigest()[:16].encode("ascii")
            file.write(b'%s,"sum":"%s"}\n' % (body, digits))
    return (events + 1) // 3


def _body(seq: int) -> bytes:
    """A turn is three events: it starts, a text comes, it is complete."""
    turn, place = divmod(seq + 1, 3)
    role = _ROLES[turn % 2]
    match place:
        case 0:
            kind, rest = b"turn.started", b'"role":"%s"' % role
        case 1:
            kind = b"completion.received"
            rest = b'"role":"%s","purpose":"turn","attempt":"a%d","model":"m","text":"%s"' % (
                role,
                seq,
                _TEXT,
            )
        case _:
            kind, rest = b"turn.completed", b'"role":"%s","completions":[%d]' % (role, seq - 1)
    return b'{"seq":%d,"type":"%s",%s,"mono":%d.5,"turn":%d,%s' % (seq, kind, _AT, seq, turn, rest)
