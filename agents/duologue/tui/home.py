"""The screen of the saved runs: finding one, and what can be done with it."""

from pathlib import Path
from typing import ClassVar, Final

from rich.text import Text
from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Input, Static
from textual.worker import get_current_worker

from duologue.display import display_safe, one_line
from duologue.errors import DuologueError
from duologue.habits import PLAIN_HABITS, Habits
from duologue.record.runs import RunSummary
from duologue.record.shelf import News, Shelf
from duologue.tui.choices import Choice, Compare, ForkAt, GoOn, Open
from duologue.tui.dressed import DressedApp
from duologue.tui.export import Export, ExportScreen
from duologue.tui.help_table import help_table
from duologue.tui.home_help import MEANINGS, begin_text, folder_text
from duologue.tui.home_state import Deeds, HomeState
from duologue.tui.key_line import KeyLine
from duologue.tui.keymap import named
from duologue.tui.line import Line
from duologue.tui.overlay import Overlay
from duologue.tui.run_line import heading
from duologue.tui.run_questions import delete_question, fork_question
from duologue.tui.run_table import RunTable
from duologue.tui.sieve import after, sieved

LOOK_S: Final = 2.0
_LEAVING: Final = ("resume", "fork")
_PLACEHOLDER: Final = "words to look for"
_OF_A_RUN: Final = ("open", "resume", "fork", "mark", "compare", "export", "delete", "folder")
_TYPED: Final = ("help", "filter")
"""What has keys that are characters in the filter."""


class Words(Line):
    """The filter, whose keys stand below it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "submit", "keep it"),
        Binding("escape", "app.clear", "show all"),
    ]


class HomeApp(DressedApp[Choice | None]):
    """Lists the runs of a shelf. The result is what to show or run next; None where the person leaves."""

    PARTS = (RunTable,)
    CSS = """
    #title, #columns, #detail { height: 1; padding: 0 1; }
    #title, #detail { background: $panel; color: $foreground; }
    #columns, RunTable { padding: 0; }
    #empty { height: 1fr; padding: 1 2; display: none; }
    .-low #empty { padding: 0 1; }
    .-low #detail.-empty { display: none; }
    #words { display: none; padding: 0 1; }
    #words.-asked { display: block; }
    """
    BINDINGS: ClassVar[list[BindingType]] = named(
        [
            # In the order of the footer, which shows as many as there is room for.
            Binding("question_mark,h,f1", "help", "help", key_display="?"),
            Binding("q", "quit", "quit"),
            Binding("enter", "open", "open"),
            Binding("slash", "filter", "filter", key_display="/"),
            Binding("s", "sort", "sort"),
            Binding("r", "resume", "resume"),
            Binding("f", "fork", "fork"),
            Binding("space", "mark", "mark"),
            Binding("equals_sign", "compare", "compare", key_display="="),
            Binding("e", "export", "export"),
            Binding("d,delete", "delete", "delete"),
            Binding("w", "folder", "folder"),
            Binding("escape", "clear", "clear", show=False),
            Binding("ctrl+c", "quit", "quit", show=False, priority=True),
        ]
    )

    def __init__(
        self, shelf: Shelf, deeds: Deeds, state: HomeState | None = None, habits: Habits = PLAIN_HABITS
    ) -> None:
        super().__init__(habits)
        self.animation_level = "none"
        self._shelf, self._can = shelf, deeds
        self.state = state or HomeState()
        self._runs = {run.path: run for run in shelf.known}
        self._looked = False
        self._looking = False
        self._awaited = self.state.place
        self._empty = True

    def compose(self) -> ComposeResult:
        """What is listed, the list, the run in place, the filter, the keys."""
        yield Static(id="title", markup=False)
        yield Static(id="columns", markup=False)
        yield RunTable()
        yield Static(id="empty", markup=False)
        yield Static(id="detail", markup=False)
        yield Words(self.state.words, placeholder=_PLACEHOLDER, id="words", select_on_focus=False)
        yield KeyLine()

    def on_mount(self) -> None:
        """List what is known, and begin to look for news."""
        self._table.marks = self.state.marks
        self._table.focus()
        self._sift()
        self.set_interval(LOOK_S, self.look)
        self.look()
        if self.state.notice:
            self.notify(display_safe(self.state.notice), markup=False, timeout=8)
            self.state.notice = ""

    @property
    def _table(self) -> RunTable:
        return self.screen_stack[0].query_one(RunTable)

    @work(thread=True, group="look")
    def look(self) -> None:
        """Read what is new, aside."""
        worker = get_current_worker()
        if self._looking:
            return
        self._looking = True
        try:
            for news in self._shelf.look():
                if worker.is_cancelled:
                    return
                self.call_from_thread(self._take, news)
            self.call_from_thread(self._rest)
        finally:
            self._looking = False

    def _take(self, news: News) -> None:
        for path in news.gone:
            self._runs.pop(path, None)
        self._runs.update((run.path, run) for run in news.changed)
        self._table.marks = [mark for mark in self._table.marks if mark not in news.gone]
        self._sift()

    def _rest(self) -> None:
        # Ages and times go on where nothing else does.
        if not self._looked:
            self._looked = True
            self._sift()
        self._table.refresh()

    def _sift(self) -> None:
        runs = sieved(self._runs.values(), self.state.words, self.state.order)
        place = self._awaited if self._awaited in self._runs else None
        self._awaited = None if place else self._awaited
        if runs and not (place or self._looked or self._table.touched):
            place = runs[0].path  # what is read later may come before what was read first
        self._table.show(runs, place)
        self._tell()

    def on_resize(self) -> None:
        """Fit the lines around the list."""
        self.call_after_refresh(self._tell)

    def on_run_table_moved(self) -> None:
        """Say which run is in place."""
        self._tell()

    def on_run_table_chosen(self) -> None:
        """Open it."""
        self.action_open()

    def _tell(self) -> None:
        main, width = self.screen_stack[0], self.size.width - 2
        table, run = self._table, self._table.current
        main.query_one("#title", Static).update(Text(one_line(self._title(), width), "bold", no_wrap=True))
        columns = heading(table.size.width - table.scrollbar_size_vertical, self.palette)
        main.query_one("#columns").display = columns is not None and run is not None
        main.query_one("#columns", Static).update(columns or Text())
        detail = "" if run is None else f"{run.run}{f' · fork of {run.parent}' if run.parent else ''}"
        main.query_one("#detail", Static).update(
            Text(one_line(detail, width), self.palette.faint, no_wrap=True)
        )
        main.query_one("#empty").display = run is None
        main.query_one("#detail").set_class(run is None, "-empty")
        table.display = run is not None
        if self._empty != (run is None):
            self._empty = run is None
            self.refresh_bindings()
        if run is None:
            main.query_one("#empty", Static).update(Text(self._why_empty()))

    def _title(self) -> str:
        shown, live = len(self._table.runs), sum(run.state == "running" for run in self._runs.values())
        count = (
            f"{shown:,} of {len(self._runs):,} runs"
            if self.state.words
            else f"{shown:,} run{'s' * (shown != 1)}"
        )
        going = f" · {live} going on" if live else ""
        words = f" · filter: {self.state.words}" if self.state.words else ""
        marked = f" · {len(self._table.marks)} marked" if self._table.marks else ""
        reading = "" if self._looked else " · reading …"
        return f"duologue · {count}{going}{words} · {self.state.order}{marked}{reading}"

    def _why_empty(self) -> str:
        if self._runs:
            return display_safe(f"No run answers to “{self.state.words}”.\n\nescape shows them all")
        return begin_text(self._shelf.folder, self.size) if self._looked else "reading …"

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer what can be done: nothing of the list's own while a dialog is open, nothing that needs the
        terminal where there is none."""
        if action in _LEAVING and not self._can.leaving:
            return False
        typed = action in _TYPED and isinstance(self.focused, Input)
        if typed or (action in _OF_A_RUN and self._empty):
            return False
        return super().check_action(action, parameters)

    def action_filter(self) -> None:
        """Take the words to look for, as they are typed."""
        field_ = self.query_one("#words", Input)
        field_.add_class("-asked")
        field_.focus()

    def on_input_changed(self, event: Input.Changed) -> None:
        """List what answers to the words."""
        if event.input.id == "words" and event.value != self.state.words:
            self.state.words = event.value
            self._sift()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Back to the list, which stays filtered."""
        if event.input.id == "words":
            self._close_filter()

    def _close_filter(self) -> None:
        self.query_one("#words", Input).remove_class("-asked")
        self._table.focus()

    def action_clear(self) -> None:
        """Show all runs again, with no marks."""
        self.query_one("#words", Input).value = ""
        self.state.words, self._table.marks = "", []
        self._close_filter()
        self._sift()

    def action_sort(self) -> None:
        """List them in the next order."""
        self.state.order = after(self.state.order)
        self._sift()

    def action_open(self) -> None:
        """Show the run in place."""
        if run := self._table.current:
            self._leave(Open(run))

    def _leave(self, choice: Choice) -> None:
        self.state.place = self._table.current.path if self._table.current else None
        self.state.marks = self._table.marks
        self.exit(choice)

    def action_resume(self) -> None:
        """Go on with the run in place."""
        run = self._table.current
        if run is None:
            return
        if run.state in ("running", "unreadable"):
            why = "It is going on: enter shows it." if run.state == "running" else "Its log cannot be read."
            self._object(why)
        else:
            self._leave(GoOn(run.path))

    def action_fork(self) -> None:
        """Ask at which turn, and fork the run in place."""
        run = self._table.current
        if run is None:
            return
        if run.state == "unreadable":
            self._object("Its log cannot be read.")
            return

        def answered(answer: str | None) -> None:
            if answer is not None:
                self._leave(ForkAt(run.path, int(answer)))

        self.push_screen(fork_question(run), answered)

    def action_mark(self) -> None:
        """Mark the run in place, for a comparison, and go on to the next."""
        if run := self._table.current:
            self._table.mark(run.path, 2)
            self._table.action_move(1)

    def action_compare(self) -> None:
        """Compare the two marked runs; the marked one with the one in place; a fork with its parent."""
        run, marks = self._table.current, self._table.marks
        if run is None:
            return
        if len(marks) == 2:
            self._leave(Compare(tuple(marks)))
        elif marks and marks[0] != run.path:
            self._leave(Compare((marks[0], run.path)))
        elif run.parent:
            self._leave(Compare((run.path,)))
        else:
            self._object("Mark two runs with space, or choose a fork, which is compared with its parent.")

    def action_delete(self) -> None:
        """Ask, and delete the run in place."""
        run = self._table.current
        if run is None:
            return

        def answered(yes: bool | None) -> None:
            if yes:
                self._delete(run)

        self.push_screen(delete_question(run), answered)

    def _delete(self, run: RunSummary) -> None:
        try:
            self._can.delete(run.path)
        except DuologueError as exc:
            self._object(exc.message)
        else:
            self._take(News([], [run.path]))
            self.notify(f"Deleted {display_safe(run.run, newlines=False)}.", markup=False)

    def action_export(self) -> None:
        """Ask where to, and save the run in place as Markdown or a web page."""
        run = self._table.current
        if run is None:
            return

        def answered(answer: Export | None) -> None:
            if answer is not None:
                self._export(run.path, answer)

        self.push_screen(ExportScreen(f"{run.run}.html", self.state.redact), answered)

    @work(thread=True, group="export")
    def _export(self, path: Path, wanted: Export) -> None:
        self.state.redact, output = wanted.redact, wanted.output
        try:
            self._can.export(path, output, wanted.redact)
        except DuologueError as exc:
            self.call_from_thread(self._object, exc.message)
        else:
            how = ", redacted: read it before you publish it" if wanted.redact else ""
            said = display_safe(f"Saved to {output}{how}.", newlines=False)
            self.call_from_thread(self.notify, said, markup=False)

    def action_folder(self) -> None:
        """Show where the run in place is."""
        if run := self._table.current:
            self.push_screen(
                Overlay(
                    "where it is",
                    folder_text(run, self._can.called(run.path)),
                    ",".join(self.keys_of("folder")),
                )
            )

    def action_help(self) -> None:
        """Show the keys."""
        keys = [(deed.name, deed.keys) for deed in self.offered()]
        text = help_table(keys, MEANINGS, [("↑ ↓ PgUp PgDn", "go through the list")])
        self.push_screen(Overlay("keys", text, ",".join(self.keys_of("help"))))

    def _object(self, why: str) -> None:
        self.notify(display_safe(why), markup=False, severity="warning", timeout=6)
