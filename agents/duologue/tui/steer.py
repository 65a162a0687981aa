"""Steering a run from its screen: the keys, what they ask, and what was sent."""

from collections.abc import Callable
from pathlib import Path
from typing import Final, Literal

from textual.app import App
from textual.binding import Binding, BindingType

from duologue.errors import DuologueError
from duologue.record import events as ev
from duologue.record.control import (
    AddCriterion,
    Approve,
    Command,
    Deny,
    Pause,
    RaiseLimit,
    Resume,
    Say,
    Stop,
    send,
)
from duologue.record.parts import Criterion
from duologue.tui.confirm import ConfirmScreen
from duologue.tui.keymap import spelt
from duologue.tui.meters import meters
from duologue.tui.raise_limit import RaiseLimitScreen
from duologue.tui.reel import Reel
from duologue.tui.review import Kept, ReviewScreen
from duologue.tui.state import Mode
from duologue.tui.told import Pending, Told, words
from duologue.tui.write import Drafts, WriteScreen, Written

NOTICE_S: Final = 10.0
Deed = Literal["pause", "resume", "say", "criterion", "limit", "stop", "answer", "recorded"]
GUARD_S: Final = 0.5
"""For so long a question that opens by itself takes no answer: the key was meant for what was there."""
BINDINGS: Final[list[BindingType]] = [
    Binding("enter", "steer('answer')", "answer"),
    Binding("space", "steer('pause')", "pause", id="pause", key_display="space"),
    Binding("space", "steer('resume')", "go on", id="pause", key_display="space"),
    Binding("s", "steer('say')", "say", id="say"),
    Binding("a", "steer('criterion')", "add criterion", id="add_criterion", show=False),
    Binding("l", "steer('limit')", "limit", id="limit"),
    Binding("x", "steer('stop')", "stop", id="stop"),
    *(
        Binding(key, "steer('recorded')", id=name, show=False)
        for key, name in (("s", "say"), ("a", "add_criterion"), ("l", "limit"), ("x", "stop"))
    ),
]
_STOP: Final = "stop, with your verdict if any"
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
        self._offered = False, False, False
        self._opened: object = None
        self._drafts: Drafts = {}
        self._review: tuple[object, Kept] = (None, Kept())
        self.told = Told()

    def offers(self, deed: str) -> bool:
        """Whether that deed has a key now: a recording and a run that has ended have none, but say so."""
        over = self._mode == "replay" or self._reel.view.ending is not None
        if over or deed == _OF_RECORDINGS:
            return over and deed == _OF_RECORDINGS
        known = {"pause": not self.is_to_wait, "resume": self.is_to_wait, "answer": self._ask is not None}
        return known.get(deed, True)

    @property
    def is_to_wait(self) -> bool:
        """Whether the run waits for the person, or will once it takes what was sent."""
        for each in reversed(self._pending):
            if isinstance(each.command, Pause | Resume):
                return isinstance(each.command, Pause)
        return self._reel.view.steered.paused

    def show(self) -> None:
        """Show what waits to be taken, as the run stands now."""
        view = self._reel.view
        self._pending = [each for each in self._pending if each.line > view.steered.taken]
        if self._pending and (view.ending is not None or not self._reel.live):
            self._say_untaken()
        shown = self.is_to_wait, self._ask is not None, view.ending is not None
        if shown != self._offered:
            self._offered = shown
            self._app.refresh_bindings()
        self._open_question()
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
            case "answer":
                self._answer()
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

    def _write(self, name: str, screen: WriteScreen, then: Callable[[Written], None]) -> None:
        def take(written: Written | None) -> None:
            if written is not None:
                then(written)
            elif self._ask is not None:
                self._send_answer(self._ask, None)
            elif screen.keeps:
                self._say_kept(name)

        self._app.push_screen(screen, take)

    def _say_kept(self, name: str) -> None:
        self.notify(f"Your text is kept: {self._key(name)} shows it again.")

    def _key(self, name: str) -> str:
        """The first key of that action, as it is set."""
        active = self._app.screen_stack[0].active_bindings.items()
        return next((spelt(key) for key, each in active if each.binding.id == name), "its key")

    def _say(self) -> None:
        def say(written: Written) -> None:
            self.send(Say(text=written.text, to="assistant" if written.choice == "assistant" else "user"))

        needed = "There is nothing to say yet."
        choices = ("user", "assistant")
        self._write("say", WriteScreen("say", choices=choices, needed=needed, drafts=self._drafts), say)

    def _add_criterion(self) -> None:
        needed = "A criterion needs words."
        screen = WriteScreen("add a criterion", deed="add", needed=needed, drafts=self._drafts)
        self._write("add_criterion", screen, lambda written: self.send(AddCriterion(text=written.text)))

    def _raise_limit(self) -> None:
        reel = self._reel
        screen = RaiseLimitScreen(lambda: list(meters(reel.view, reel.elapsed_s)))
        self._app.push_screen(screen, lambda limit: self.send(limit) if limit is not None else None)

    def _stop(self) -> None:
        def confirm(written: Written) -> None:
            text = written.text and f"Your verdict: {written.text}\n\n"
            question = f"{text}It ends now, with what it has; the call in flight is dropped."
            screen = ConfirmScreen("stop this run?", question, yes="stop", no="go on")

            def confirmed(yes: bool | None) -> None:
                if yes:
                    self.send(Stop(text=written.text))
                elif written.text:
                    self._drafts[_STOP] = written.text
                    self._say_kept("stop")

            self._app.push_screen(screen, confirmed)

        screen = WriteScreen(_STOP, deed="next", drafts=self._drafts)
        self._write("stop", screen, confirm)

    @property
    def _ask(self) -> ev.GoalSpecified | tuple[Criterion, ...] | None:
        """What the run asks of the person: an answer, or a review of these criteria."""
        view = self._reel.view
        if self._mode == "replay" or view.ending is not None or self._reel.loading:
            return None
        return view.steered.asked or view.steered.proposed or None

    def _open_question(self) -> None:
        """Once for each question, as soon as no other dialog is open."""
        ask = self._ask
        if ask is None:
            self._opened = None
        elif ask is not self._opened and len(self._app.screen_stack) == 1 and not self._refusal():
            self._answer(GUARD_S)

    def _answer(self, guard_s: float = 0.0) -> None:
        ask = self._opened = self._ask
        if isinstance(ask, ev.GoalSpecified):
            self._answer_question(ask)
        elif ask is not None:
            if self._review[0] is not ask:
                self._review = ask, Kept()
            screen = ReviewScreen(ask, guard_s, self._review[1])
            self._app.push_screen(screen, lambda said: self._send_answer(ask, said))

    def _answer_question(self, asked: ev.GoalSpecified) -> None:
        assumed = "".join(f"\n- {each}" for each in asked.assumptions)

        def shown(how: str) -> str:
            return asked.question + (assumed and f"\nWithout an answer{how} it is assumed:{assumed}")

        def answer(written: Written) -> None:
            if written.text:
                self._send_answer(asked, Say(text=written.text))
                return
            screen = ConfirmScreen("go on without an answer?", shown(""), yes="go on", no="back")
            self._app.push_screen(screen, go_on)

        def go_on(yes: bool | None) -> None:
            if yes or self._ask is not asked:
                self._send_answer(asked, Deny())
            else:
                self._answer_question(asked)

        draft = f"the run asks: {asked.question}"
        screen = WriteScreen(
            "the run asks", deed="answer", shown=shown(" (enter alone)"), drafts=self._drafts, draft=draft
        )
        self._write("answer", screen, answer)

    def _send_answer(self, ask: object, said: Say | Approve | Deny | None) -> None:
        if said is None:
            self.notify("The run waits for your answer: enter opens the question again.")
        elif self._ask is not ask:
            self.notify("What the run asked has changed meanwhile: nothing was sent.")
        else:
            self.send(said)
