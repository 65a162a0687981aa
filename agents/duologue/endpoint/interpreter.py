"""Puts requests into the dialect that one endpoint and model wants, and learns it from refusals."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

from duologue.endpoint.body import Draft
from duologue.endpoint.changes import in_words
from duologue.endpoint.dialect import Dialect, Lesson, put_into
from duologue.endpoint.refusal import change_for, own_words
from duologue.errors import EndpointError

_LONGEST_REASON: Final = 160


def _keep_nothing(dialect: Dialect) -> None:
    """What is learnt is forgotten with the process."""


class Interpreter:
    """Knows the dialect of one endpoint and model; clients of the same two share it.

    `keep` is given the dialect once a request in it was answered: a change that cured nothing is not
    remembered.
    """

    def __init__(self, dialect: Dialect, keep: Callable[[Dialect], None] = _keep_nothing) -> None:
        self.dialect = dialect
        self._keep = keep
        self._proven = dialect
        self._untold = tuple(f"{in_words(change)} (known)" for change in dialect.changes)

    def put(self, draft: Draft) -> Draft:
        """The draft as this endpoint wants it."""
        return put_into(self.dialect.changes, draft) if self.dialect.lessons else draft

    def learn(self, error: EndpointError, sent: Draft, again: Callable[[], Draft]) -> str | None:
        """What is now done differently, in words, because of a refusal of what was sent; None when there is
        nothing to do about it. `again` gives the request as it would be sent now."""
        if _differ(sent, again()):
            # Another call learnt something while this one was on its way.
            return next((in_words(change) for change in reversed(self.dialect.changes)), "as before")
        change = change_for(error, sent, self.dialect.changes)
        if change is None:
            return None
        before = self.dialect
        lesson = Lesson(change, _reason(error), datetime.now(UTC).date())
        self.dialect = before.with_lesson(lesson)
        if not _differ(sent, again()):
            self.dialect = before
            return None
        return in_words(change)

    def confirm(self) -> tuple[str, ...]:
        """The endpoint answered a request in this dialect, so it is right and kept; returns, once, the
        changes that were known before, in words."""
        if self._proven is not self.dialect:
            self._proven = self.dialect
            self._keep(self.dialect)
        untold, self._untold = self._untold, ()
        return untold

    def forget_unproven(self) -> None:
        """A refusal stood in spite of what was learnt from it and before it."""
        self.dialect = self._proven


def _differ(sent: Draft, now: Draft) -> bool:
    return (sent.fields, list(sent.messages)) != (now.fields, list(now.messages))


def _reason(error: EndpointError) -> str:
    """One line; the key has been masked in it already."""
    words = f"HTTP {error.status}: {own_words(error)}"
    return words if len(words) <= _LONGEST_REASON else words[: _LONGEST_REASON - 1] + "…"
