"""The dialect of one endpoint and model: what it was learnt to want otherwise, from which refusal and when
(rule 6)."""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Final, Self
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from duologue.endpoint.body import Draft
from duologue.endpoint.changes import AnswerForm, Change, Clamp, Drop, SystemRole, in_words
from duologue.endpoint.phrasing import make

KEPT_DAYS: Final = 30
"""After so many days an endpoint gets the chance to have been upgraded."""


@dataclass(frozen=True, slots=True)
class Lesson:
    """One change, and the refusal that it was learnt from, in a sentence without secrets."""

    change: Change
    because: str
    learnt: date


@dataclass(frozen=True, slots=True)
class Dialect:
    """What the model at this base URL, which holds no credentials, wants; in the order of learning."""

    base_url: str
    model: str
    lessons: tuple[Lesson, ...] = ()

    @property
    def changes(self) -> tuple[Change, ...]:
        """What is done to each request, in order. The form of an answer comes first: what it adds is
        subject to all the rest. Then tools, without which the messages are others."""
        changes = [lesson.change for lesson in self.lessons]
        return tuple(sorted(changes, key=_rank))

    def with_lesson(self, lesson: Lesson) -> Self:
        """The dialect with one more lesson, which takes the place of any that it goes beyond."""
        kept = [known for known in self.lessons if not _replaces(lesson.change, known.change)]
        return replace(self, lessons=(*kept, lesson))

    def joined(self, other: Self) -> Self:
        """With what another process learnt about the same endpoint and model."""
        joined = self
        for lesson in other.lessons:
            if not any(_replaces(known.change, lesson.change) for known in joined.lessons):
                joined = joined.with_lesson(lesson)
        return joined

    def is_stale(self, today: date) -> bool:
        """Whether any lesson is too old to be relied on, or from a day to come; the others may rest on it."""
        kept = timedelta(days=KEPT_DAYS)
        return not all(timedelta(0) <= today - lesson.learnt <= kept for lesson in self.lessons)

    def describe(self) -> list[str]:
        """Each change in words, with the day and the reason."""
        return [f"{in_words(each.change)} ({each.learnt}: {each.because})" for each in self.lessons]


def put_into(changes: tuple[Change, ...], draft: Draft) -> Draft:
    """The draft with these changes made to it."""
    for change in changes:
        make(change, draft)
    return draft


def plain_url(base_url: str) -> str:
    """The base URL as it may be kept: without credentials; of a query only the API's version stays."""
    parts = urlsplit(base_url.strip())
    host = parts.netloc.rpartition("@")[2].lower()
    query = urlencode([(key, value) for key, value in parse_qsl(parts.query) if key == "api-version"])
    return urlunsplit((parts.scheme, host, parts.path.rstrip("/"), query, ""))


def _rank(change: Change) -> int:
    return 0 if isinstance(change, AnswerForm) else 1 if change == Drop("tools") else 2


def _replaces(new: Change, known: Change) -> bool:
    """Whether a change makes another one pointless: the same, or a step further on the same way."""
    if isinstance(new, AnswerForm) and isinstance(known, AnswerForm):
        return _RUNGS.index(new.form) >= _RUNGS.index(known.form)
    if isinstance(new, SystemRole) and isinstance(known, SystemRole):
        return new.role == "user" or new == known
    if isinstance(new, Clamp) and isinstance(known, Clamp):
        return new.name == known.name
    return new == known


_RUNGS: Final = ("json_object", "tool", "prompt")
