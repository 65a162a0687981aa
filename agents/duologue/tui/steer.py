"""Steering a run from its screen: the keys, what they ask, and what was sent."""

from collections.abc import Callable
from pathlib import Path
from typing import Final, Literal

from textual.app import App
from textual.binding import Binding, BindingType

from duologue.errors import DuologueError
from duologue.record.control import (
    AddCriterion,
    Command,
    Pause,
    RaiseLimit,
    Resume,
    Say,
    Stop,
    send,
)
from duologue.tui.confirm import ConfirmScreen
from duologue.tui.meters import meters
from duologue.tui.raise_limit import RaiseLimitScreen
from duologue.tui.reel import Reel
from duologue.tui.state import Mode
from duologue.tui.told import Pending, Told, words
from duologue.tui.write import WriteScreen, Written

NOTICE_S: Final = 10.0
Deed = Literal["pause", "resume", "say", "criterion", "limit", "stop", "recorded"]
BINDINGS: Final[list[BindingType]] = [
    Binding("space", "steer('pause')", "pause", id="pause", key_display="space"),
    Binding("space", "steer('resume')", "go on", id="pause", key_display="space"),
    Binding("s", "steer('say')", "say"),
    Binding("a", "steer('criterion')", "add criterion", show=False),
    Binding("l", "steer('limit')", "limit"),
    Binding("x", "steer('stop')", "stop"),
    Binding("s,a,l,x", "steer('recorded')", show=False),
]
_OF_RECORDINGS: Final = "recorded"
_KEPT: Final = (Say, AddCriterion, RaiseLimit)
"""What a run that is resumed takes after all."""


class Steer:
    """Steers the run in `folder`, None where there is none to be steered; `reel` shows it, `told` what was
    sent. `called` is how commands name the run."""

    def __init__(
        self, app: App[str | None], reel: Reel, mode: Mode, folder: Path | None, called: str
    ) -> None:
        self._app = app
        self._reel = reel
        self._mode = mode
        self._folder = folder
        self._called = called
        self._pending: list[Pending] = []
        self._notice = ""
        self._notices = 0
        self._waits = False
        self.told = Told()

    def offers(self, deed: str) -> bool:
        """Whether that deed has a key now: a recording has none, but says so."""
        if self._mode == "replay" or deed == _OF_RECORDINGS:
            return self._mode == "replay" and deed == _OF_RECORDINGS
        return {"pause": not self.is_to_wait, "resume": self.is_to_wait}.get(deed, True)

    @property
    def is_to_wait(self) -> bool:
        """Whether the run waits for the person, or will once it takes what was sent."""
        for each in reversed(self._pending):
            if isinstance(each.command, Pause | Resume):
                return isinstance(each.command, Pause)
        return self._reel.view.steered.paused_at is not None

    def show(self) -> None:
        """Show what waits to be taken, as the run stands now."""
        view = self._reel.view
        self._pending = [each for each in self._pending if each.line > view.steered.taken]
        if self._pending and (view.ending is not None or not self._reel.live):
            self._say_untaken()
        if self.is_to_wait != self._waits:
            self._waits = self.is_to_wait
            self._app.refresh_bindings()
        self.told.show(self._pending, self._notice)

    def _say_untaken(self) -> None:
        untaken = "; ".join(words(each.command) for each in self._pending)
        kept = any(isinstance(each.command, _KEPT) for each in self._pending)
        after = f" It is taken after: duologue resume {self._called}" if kept else ""
        self._pending.clear()
        self.notify(f"The run has ended, and did not take: {untaken}.{after}")

    def notify(self, sentence: str) -> None:
        """Say something to the person for a while."""
        self._notices += 1
        number, self._notice = self._notices, sentence
        self._app.set_timer(NOTICE_S, lambda: self._unsay(number))
        self.told.show(self._pending, self._notice)

    def _unsay(self, number: int) -> None:
        if number == self._notices:
            self._notice = ""
            self.show()

    def do(self, deed: Deed) -> None:
        """Do what the key asks for, or say why that cannot be."""
        if refusal := self._refusal():
            self.notify(refusal)
            return
        match deed:
            case "pause":
                self.send(Pause())
            case "resume":
                self.send(Resume())
            case "say":
                self._say()
            case "criterion":
                self._add_criterion()
            case "limit":
                self._raise_limit()
            case "stop":
                self._stop()
            case "recorded":
                pass

    def _refusal(self) -> str:
        view, called = self._reel.view, self._called
        further = f"there is nothing to steer. Go on with it: duologue resume {called}"
        if self._mode == "replay" or self._folder is None:
            return (
                "A recording cannot be steered. Go on with it: "
                f"duologue resume {called}; or from an earlier turn: duologue fork {called} --at TURN"
            )
        if view.ending is not None:
            return f"The run has ended: {further}"
        if not self._reel.live:
            return f"Nobody runs it any more: {further}"
        return ""

    def send(self, command: Command) -> None:
        """Send the command; it is shown as pending at once."""
        if self._folder is None:
            return
        try:
            line = send(self._folder, command)
        except DuologueError as exc:
            self.notify(f"{exc.message} {exc.hint or ''}".rstrip())
            return
        self._notice = ""
        self._pending.append(Pending(line, command))
        self.show()

    def _ask(self, screen: WriteScreen, then: Callable[[Written], None]) -> None:
        self._app.push_screen(screen, lambda written: then(written) if written is not None else None)

    def _say(self) -> None:
        def say(written: Written) -> None:
            self.send(Say(text=written.text, to="assistant" if written.choice == "assistant" else "user"))

        needed = "There is nothing to say yet."
        self._ask(WriteScreen("say", choices=("user", "assistant"), needed=needed), say)

    def _add_criterion(self) -> None:
        screen = WriteScreen("add a criterion", deed="add", needed="A criterion needs words.")
        self._ask(screen, lambda written: self.send(AddCriterion(text=written.text)))

    def _raise_limit(self) -> None:
        reel = self._reel
        screen = RaiseLimitScreen(lambda: list(meters(reel.view, reel.elapsed_s)))
        self._app.push_screen(screen, lambda limit: self.send(limit) if limit is not None else None)

    def _stop(self) -> None:
        def confirm(written: Written) -> None:
            text = written.text and f"Your verdict: {written.text}\n\n"
            question = f"{text}It ends now, with what it has; the call in flight is dropped."
            screen = ConfirmScreen("stop this run?", question, yes="stop", no="go on")
            self._app.push_screen(screen, lambda yes: self.send(Stop(text=written.text)) if yes else None)

        self._ask(WriteScreen("stop, with your verdict if any", deed="next"), confirm)
