"""llama-cpp-python: lines that end in CRLF, pings, no usage, and 500s with the exception's text."""

from tests.endpoint.servers.row import Fault, Row, Stream, chunk, error, events, says, words

_END = "\r\n\r\n"
_PING = ": ping - 2026-01-01 00:00:00.000000\r\n\r\n"

ROW = Row(
    streams={
        "plain": Stream(
            events(
                chunk({"role": "assistant"}),
                _PING,
                *words("Hel", "lo", role=False),
                chunk({}, "stop"),
                end=_END,
            ),
            usage=None,
            flags=("no-usage",),
        )
    },
    faults={
        "overflow": Fault(
            says(
                400,
                error(
                    "This model's maximum context length is 2048 tokens, however you "
                    "requested 2100 tokens (2000 in "
                    "your prompt; 100 for the completion). Please reduce your prompt; or completion length.",
                    param="messages",
                    code="context_length_exceeded",
                ),
            ),
            "overflow",
            tokens=2048,
        ),
        "overflow as it was raised": Fault(
            says(
                500,
                error("Requested tokens (2100) exceed context window of 2048", type="internal_server_error"),
            ),
            "overflow",
            tokens=2048,
        ),
        "raised": Fault(
            says(500, error("'NoneType' object is not iterable", type="internal_server_error")),
            "server",
            says="'NoneType' object",
        ),
    },
)
