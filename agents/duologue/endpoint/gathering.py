"""A reply's pieces, all that are there at once handed on as one."""

from collections.abc import Callable
from contextlib import suppress
from typing import Final

import httpx

from duologue.endpoint.decoding import decoded
from duologue.endpoint.network import Stream, telling

_MOST_BYTES: Final = 65_536
"""What is gathered at most, so that a reply without end is noticed before it is in memory."""


class _Enough(Exception):
    """Ends the reading."""


async def gather(response: httpx.Response, take: Callable[[bytes], bool]) -> None:
    """Hand the decoded body on to `take` as it arrives, until that says that it has had enough.

    What is there is handed on before more is waited for, and before an error of the network or of the
    decoding is raised; where the connection does not tell when it waits, each piece is by itself.
    """
    pieces: list[bytes] = []
    gathered = 0

    def hand_on() -> None:
        nonlocal gathered
        if pieces:
            data, gathered = b"".join(pieces), 0
            pieces.clear()
            if take(data):
                raise _Enough

    stream = response.extensions.get("network_stream")
    most = _MOST_BYTES if isinstance(stream, Stream) else 0
    with suppress(_Enough), telling(stream, hand_on):
        try:
            async for piece in decoded(response):
                pieces.append(piece)
                gathered += len(piece)
                if gathered >= most:
                    hand_on()
        finally:
            hand_on()
