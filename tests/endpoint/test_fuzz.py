"""Whatever a server sends, a reply becomes a completion or an EndpointError."""

import os
import random
from collections import Counter

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from duologue.endpoint.causes import Place
from duologue.endpoint.charging import reported
from duologue.endpoint.completion import Delta
from duologue.endpoint.reception import Reception
from duologue.endpoint.watch import Watch
from duologue.errors import EndpointError
from duologue.messages import Message
from duologue.targets import Clocks
from tests.endpoint.mutation import spoilt
from tests.endpoint.servers.rows import ROWS

STREAMS = [each.raw for row in ROWS.values() for each in row.streams.values()]
AT_ONCE = 100
"""Cases an example: what Hypothesis does around each example takes longer than a case."""

CASES = int(os.environ.get("DUOLOGUE_FUZZ_CASES", 1_000_000)) if os.environ.get("DUOLOGUE_SOAK") else 4000


def receive(pieces: list[bytes]) -> str:
    """What became of a reply: `completion`, or the kind of the error."""
    heard: list[Delta] = []
    reception = Reception(Place("http://x"), Watch(Clocks()), 20_000, "a", heard.append)
    error = _fed(reception, pieces)
    if error is not None:
        assert error.hint
        assert len(error.body.encode()) <= 4096
        assert len(error.message) < 500
        assert isinstance(reception.assembly.partial, str)
        return error.kind
    text, reasoning, calls = reception.assembly.result()
    assert Message("assistant", text + reasoning, calls).encoded
    assert reception.assembly.whole or reception.assembly.calls_whole
    assert len({call.id for call in calls}) == len(calls)
    reported(reception.assembly.usage)
    return "completion"


def _fed(reception: Reception, pieces: list[bytes]) -> EndpointError | None:
    try:
        for piece in pieces:
            reception.feed(piece)
            if reception.ended:
                break
        reception.finish()
    except EndpointError as exc:
        return exc
    return None


@settings(
    max_examples=CASES // AT_ONCE, deadline=None, database=None, suppress_health_check=list(HealthCheck)
)
@given(st.integers(0, 2**64))
async def test_a_spoilt_stream_never_crashes(seed: int) -> None:
    """A spoilt stream is a completion or an error with a hint, a message of a line and 4 KiB of body."""
    rng = random.Random(seed)
    for _ in range(AT_ONCE):
        pieces = spoilt(rng, STREAMS)
        try:
            receive(pieces)
        except Exception as exc:
            raise AssertionError(f"{exc!r} from {pieces!r}") from exc


async def test_the_spoilt_streams_are_of_all_kinds() -> None:
    """Most are errors of several kinds, and some are completions all the same."""
    rng = random.Random(1)
    kinds = Counter(receive(spoilt(rng, STREAMS)) for _ in range(2000))
    assert kinds["completion"] > 200
    assert len(kinds) > 6
