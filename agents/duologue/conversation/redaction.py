"""What a run is asked, and what a saved run said, without secrets: redacted once, where it comes in.

What models say is redacted as it arrives (endpoint/assemble.py), and every event once more as it is written
(record/log.py), so that a text that came in another way is not written either.
"""

import secrets
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Final

from duologue.conversation.assignment import Assignment
from duologue.conversation.check import Check
from duologue.conversation.checks import recall_check
from duologue.conversation.sources import Source
from duologue.record.events import CompletionReceived, Record, RunResumed, RunStarted, TurnCompleted
from duologue.record.log import LOG_NAME, LogWriter
from duologue.record.parts import Span
from duologue.record.reader import open_log
from duologue.record.redact import in_flight
from duologue.record.redact_key import KEY_BYTES, load_key, save_key
from duologue.record.redact_stream import RedactedStreams
from duologue.record.redact_values import redacted_event
from duologue.settings import Settings

_PIECE: Final = 1 << 20


class Redaction:
    """A run's redaction, under the key of the run that it goes on from, or under a new one. With `streams`
    None, which the person may choose, nothing is redacted."""

    def __init__(self, settings: Settings, earlier: Path | None = None) -> None:
        known = [secret.get_secret_value() for secret in settings.secrets]
        self._earlier = earlier
        self._key = (load_key(earlier) if earlier else None) or secrets.token_bytes(KEY_BYTES)
        self.streams = RedactedStreams(in_flight(known, self._key)) if settings.redact else None

    def guard(self, log: LogWriter) -> None:
        """From here on nothing is written to the log unredacted; the key is kept beside it."""
        if self.streams is not None:
            save_key(log.path.parent, self._key)
            log.redact, log.may_hold_secrets = self.streams.whole, self.streams.likely

    def assignment(self, given: Assignment) -> Assignment:
        """The assignment, as it is sent and written."""
        if self.streams is None:
            return given
        redact, pair = self.streams.whole, given.pair
        return replace(
            given,
            goal=redact(given.goal),
            pair=replace(
                pair,
                criteria=tuple(map(redact, pair.criteria)),
                prompts={role: redact(prompt) for role, prompt in pair.prompts.items()},
            ),
            sources=tuple(Source(redact(source.name), redact(source.text)) for source in given.sources),
            criteria=tuple(map(redact, given.criteria)),
            checks=tuple(_redacted_check(check, redact) for check in given.checks),
        )

    def records(self, records: Sequence[Record]) -> list[Record]:
        """What a run said that was not redacted then, or was no secret yet, as it is sent now; spans name the
        same words."""
        if self.streams is None or (_was_redacted(records) and not self._holds_known(self.streams)):
            return list(records)
        redact, said = self.streams.whole, dict[int, str]()
        found = []
        for record in records:
            event = redacted_event(record.event, redact)
            if isinstance(record.event, CompletionReceived) and event is not record.event:
                said[record.seq] = record.event.text
            if isinstance(event, TurnCompleted) and event.result and event.result.completion in said:
                text, span = said[event.result.completion], event.result
                start, end = (len(redact(text[:edge])) for edge in (span.start, span.end))
                moved = Span(completion=span.completion, start=start, end=end)
                event = event.model_copy(update={"result": moved})
            found.append(record if event is record.event else replace(record, event=event))
        return found

    def _holds_known(self, streams: RedactedStreams) -> bool:
        """Whether what is known as a secret now stands in the earlier run's log, which stays as it is."""
        if self._earlier is None or not streams.spelt:
            return False
        spelled = [each.encode("utf-8", "replace") for each in streams.spelt]
        longest, before = max(map(len, spelled)), b""
        with closing(open_log(self._earlier / LOG_NAME)) as log:
            while piece := log.read(_PIECE):
                piece = before + piece
                if any(each in piece for each in spelled):
                    return True
                before = piece[-longest:]
        return False


def _redacted_check(check: Check, redact: Callable[[str], str]) -> Check:
    spec, material = redact(check.spec), check.material
    if material is not None:
        material = redact(material.decode("utf-8", "surrogateescape")).encode("utf-8", "surrogateescape")
    same = (spec, material) == (check.spec, check.material)
    return check if same else recall_check(spec, material)


def _was_redacted(records: Sequence[Record]) -> bool:
    """Whether every stretch of the run was redacted as it was written."""
    stretches = [r.event.settings for r in records if isinstance(r.event, RunStarted | RunResumed)]
    return bool(stretches) and all(settings.get("redact") is True for settings in stretches if settings)
