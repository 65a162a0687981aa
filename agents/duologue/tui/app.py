"""The screen of one run: live, watched or replayed, from the same records."""

from pathlib import Path
from typing import ClassVar, Final

from rich.console import Group
from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.screen import Screen

from duologue.habits import PLAIN_HABITS, Habits
from duologue.record.view import RunView
from duologue.tui.amounts import clock
from duologue.tui.cells import Cells
from duologue.tui.chronicle import Chronicle
from duologue.tui.criteria import criteria_list, criteria_signs, met
from duologue.tui.dressed import DressedApp
from duologue.tui.feed import Feed
from duologue.tui.header import Header, Headline, models
from duologue.tui.help_table import help_table
from duologue.tui.jump import JumpScreen
from duologue.tui.key_line import KeyLine
from duologue.tui.keymap import named
from duologue.tui.keys import BY_MOUSE, meanings
from duologue.tui.meters import meter_bars, meter_line, role_lines
from duologue.tui.overlay import Overlay
from duologue.tui.park import ParkScreen
from duologue.tui.player import Player
from duologue.tui.reading import BINDINGS as READING
from duologue.tui.reading import Deed as Reads
from duologue.tui.reading import Reading
from duologue.tui.reel import Reel
from duologue.tui.sidebar import Sidebar
from duologue.tui.state import Mode, doing, place, playing
from duologue.tui.steer import BINDINGS as STEERING
from duologue.tui.steer import Deed, Steer
from duologue.tui.strip_line import StripLine
from duologue.tui.transcript import Transcript
from duologue.tui.watched import Watched

TICK_S: Final = 1 / 20
_COUNT_S: Final = 0.02
"""Of each tick, the part that goes into counting a recording that is not yet counted."""
_FIRST_COUNTED: Final = 10
"""The tick from which it is: the first half second belongs to what is seen."""
PARK: Final = "park"
WIDE: Final = 100
"""Columns from which the panel has room beside the talk."""
_PLAYER_ACTIONS: Final = ("play_pause", "step", "speed", "start", "finish", "seek")


class RunApp(DressedApp[str | None]):
    """Shows the run of a feed. The result is `PARK` where the person asked to park a run of this process.

    `mode` says whose run it is: `live` is run by this process, `watch` by another, and `replay` is
    played by the `Player` that the feed then is. `title` names the run; `folder` is that of a run to
    steer, `called` how commands name it, where not by the title.
    """

    PARTS = (Transcript,)
    CSS = """
    .-narrow Sidebar { display: none; }
    .-low StripLine, .-low Cells { display: none; }
    .-wide StripLine { display: none; }
    """
    BINDINGS: ClassVar[list[BindingType]] = named(
        [
            # In the order of the footer, which shows as many as there is room for.
            Binding("question_mark,h,f1", "help", "help", key_display="?"),
            Binding("q", "quit", "quit"),
            Binding("space", "play_pause", "play", key_display="space"),
            *STEERING,
            Binding("right,full_stop", "step(1)", "step", key_display="→"),
            Binding("left,comma", "step(-1)", "back", show=False),
            Binding("right_square_bracket", "step_turn(1)", "turn", key_display="]"),
            Binding("left_square_bracket", "step_turn(-1)", "previous turn", show=False),
            Binding("plus,equals_sign", "speed(1)", "speed", key_display="+ -"),
            Binding("minus", "speed(-1)", "slower", show=False),
            Binding("g", "jump", "go to"),
            *READING,
            Binding("c", "criteria", "criteria"),
            Binding("r", "reasoning", "thoughts"),
            # Before the talk's own home and end, which in a replay are the recording's.
            Binding("home", "start", "start", show=False, priority=True),
            Binding("end", "finish", "end", show=False, priority=True),
            Binding("ctrl+c", "quit", "quit", show=False, priority=True),
            *(
                Binding(str(tenth), f"seek({tenth})", f"to tenth {tenth}", id=f"tenth_{tenth}", show=False)
                for tenth in range(10)
            ),
        ]
    )

    def __init__(
        self,
        feed: Feed,
        *,
        mode: Mode,
        title: str = "",
        habits: Habits = PLAIN_HABITS,
        folder: Path | None = None,
        called: str = "",
    ) -> None:
        super().__init__(habits)
        # Scrolling by animation would fight with rows whose height is found on the way.
        self.animation_level = "none"
        self.HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (WIDE, "-wide")]
        self._mode = mode
        self._run_title = title
        self.player = feed if isinstance(feed, Player) else None
        self.watched = feed if isinstance(feed, Watched) else None
        self._reel = Reel(feed)
        self._reading = Reading(self, self)
        self._ticks = 0
        self._steer = Steer(self, self._reel, mode, folder, called or title)

    def compose(self) -> ComposeResult:
        """Header, the talk with its panel, the line that stands for the panel, the keys."""
        yield Header()
        with Horizontal():
            yield Transcript()
            yield Sidebar()
        yield StripLine()
        yield Cells(self._jump)
        yield self._steer.told
        yield KeyLine()

    def on_mount(self) -> None:
        """Start to follow the feed."""
        # The breakpoints hold from the second layout on: the first would show what then goes away again.
        self.screen.add_class("-wide" if self.size.width >= WIDE else "-narrow")
        transcript = self.query_one(Transcript)
        if recorded := self.player or self.watched:
            transcript.read_from(recorded.pages)
        transcript.focus()
        self.set_interval(TICK_S, self.tick)
        self.tick()

    def tick(self) -> None:
        """Take what is new, and show it."""
        main = next(iter(self.screen_stack), None)
        header = main.query(Header) if main is not None else None
        if main is None or not header:
            return  # the last tick of all, when the screen is being taken down
        self._reel.advance()
        if (recorded := self.player or self.watched) and self._ticks > _FIRST_COUNTED:
            recorded.ledger.work(_COUNT_S)
        self._ticks += 1
        self._reading.work()
        header.first().headline = self._headline()
        self._steer.show()
        if not self._reel.loading:
            self._show(main)

    def _show(self, main: Screen[object]) -> None:
        view, elapsed_s, palette = self._reel.view, self._reel.elapsed_s, self.palette
        main.query_one(Transcript).show(view, self._reel.draft)
        player = self.player
        turn, turns = (player.turn, player.turns) if player else (view.turns, view.turns)
        main.query_one(Sidebar).show(view, elapsed_s, palette, self.chronicle.met(max(turn, view.turns)))
        main.query_one(Cells).show(self.chronicle, turn, turns, palette)
        line = criteria_signs(view, palette).append(" · ")
        room = main.size.width - 2 - line.cell_len
        main.query_one(StripLine).show(line.append(meter_line(view, elapsed_s, room)))

    def _headline(self) -> Headline:
        view = self._reel.view
        started = view.started
        player = self.player
        times = place(player) if player else (clock(view.steered.working_s(self._reel.elapsed_s)),)
        return Headline(
            goal=started.goal if started else "",
            title=self._run_title,
            state=self._state(),
            notice=self._notice(),
            facts=(*times, started.pair.name if started else "", models(view)),
        )

    def _state(self) -> str:
        reel = self._reel
        if reel.loading:
            return "loading"
        running = reel.live or self._mode in ("live", "replay")
        state = doing(reel.view, reel.draft, live=running and not reel.fault)
        return f"{playing(self.player)} · {state}" if self.player else state

    def _notice(self) -> str:
        if self._reel.fault:
            return self._reel.fault
        if self._reel.view.partial and (recorded := self.player or self.watched):
            return f"counting {recorded.ledger.percent} %"
        if notice := self._reading.notice:
            return notice
        skipped = self._reel.problems
        return f"{skipped} unreadable line{'s' * (skipped > 1)} skipped" if skipped else ""

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer the player's keys in a replay only, and its home and end not to an open dialog."""
        if action == "steer":
            return self._steer.offers(str(parameters[0]))
        if action in _PLAYER_ACTIONS:
            return self.player is not None and len(self.screen_stack) == 1
        return super().check_action(action, parameters)

    def action_steer(self, deed: Deed) -> None:
        """Tell the run something."""
        self._steer.do(deed)

    def action_play_pause(self) -> None:
        """Play or pause."""
        if self.player:
            self.player.toggle()

    def action_step(self, by: int) -> None:
        """Show one record more or fewer."""
        if self.player:
            self.player.step(by)
            self.show_end()

    def action_step_turn(self, by: int) -> None:
        """Show the next or the previous turn complete."""
        if self.player:
            self.player.step_turn(by)
            self.show_end()
        else:
            self.transcript.action_turn(by)

    def action_speed(self, by: int) -> None:
        """Play faster or slower."""
        if self.player:
            self.player.faster() if by > 0 else self.player.slower()

    def action_start(self) -> None:
        """Go to the recording's start."""
        if self.player:
            self.player.home()
            self.show_end()

    def action_finish(self) -> None:
        """Go to the recording's end."""
        if self.player:
            self.player.end()
            self.show_end()

    def show_end(self) -> None:
        """Show where the player is now, at the end of the talk."""
        self.tick()
        self.query_one(Transcript).action_bottom()

    def action_seek(self, tenth: int) -> None:
        """Go to that tenth of the recording."""
        if self.player:
            self.player.seek(tenth / 10)
            self.show_end()

    def action_read(self, deed: Reads) -> None:
        """Find, filter, copy: what a reader does."""
        self._reading.do(deed)

    def action_jump(self) -> None:
        """Ask for a turn, and go there."""
        last = self.player.turns if self.player else self._reel.view.turns
        self.push_screen(JumpScreen(last), self._jump)

    @property
    def transcript(self) -> Transcript:
        """The talk."""
        return self.screen_stack[0].query_one(Transcript)

    @property
    def view(self) -> RunView:
        """The run as it is shown."""
        return self._reel.view

    @property
    def chronicle(self) -> Chronicle:
        """The run in outline."""
        return self.player.ledger.chronicle if self.player else self._reel.chronicle

    def _jump(self, turn: int | None) -> None:
        if turn is None:
            return
        if self.player:
            self.player.go_to_turn(turn)
            self.show_end()
        else:
            self.query_one(Transcript).scroll_to_turn(turn)

    def action_reasoning(self) -> None:
        """Show what was thought aloud, or fold it."""
        self.transcript.change_look(reasoning=not self.transcript.look.reasoning)

    def action_criteria(self) -> None:
        """Show the criteria in full, with the budget."""
        view, palette = self._reel.view, self.palette
        budget = meter_bars(view, self._reel.elapsed_s, palette), role_lines(view, palette)
        text = Group(criteria_list(view, palette, reasons=True), Text(), *budget)
        add = [] if self.player else self.keys_of("add_criterion")
        then = {key: lambda: self._steer.do("criterion") for key in add}
        self.push_screen(Overlay(f"criteria {met(view)}", text, ",".join(self.keys_of("criteria")), then))

    def action_help(self) -> None:
        """Show the keys."""
        keys = [(deed.name, deed.keys) for deed in self.offered()]
        text = help_table(keys, meanings(replay=self.player is not None), last=[BY_MOUSE])
        self.push_screen(Overlay("keys", text, ",".join(self.keys_of("help"))))

    async def action_quit(self) -> None:
        """Leave; where that parks a run, only after asking. Asked twice is answered."""
        if isinstance(self.screen, ParkScreen):
            self._leave(park=True)
        elif self._mode == "live" and self._reel.view.ending is None:
            self.push_screen(ParkScreen(), self._leave)
        else:
            self.exit(None)

    def _leave(self, park: bool | None) -> None:
        if park:
            self.exit(PARK if self._reel.view.ending is None else None)
