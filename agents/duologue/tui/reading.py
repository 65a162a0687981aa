"""What a reader does: find, filter, go to marks, copy, open links, follow a criterion to its evidence."""

import base64
import re
import time
from collections.abc import Iterator
from itertools import chain
from typing import Any, Final, Literal, Protocol

from textual.app import App
from textual.binding import Binding

from duologue.config import environment
from duologue.display import one_line
from duologue.record.parts import Evidence
from duologue.record.view import RunView
from duologue.tui.browser import opened
from duologue.tui.chronicle import Chronicle
from duologue.tui.evidence import EvidenceScreen
from duologue.tui.links import Link, links
from duologue.tui.links_screen import LinksScreen
from duologue.tui.look import ONLY
from duologue.tui.palette import Palette
from duologue.tui.player import Player
from duologue.tui.questions import LineScreen
from duologue.tui.search import Search, marks
from duologue.tui.transcript import Transcript
from duologue.tui.watched import Watched

Deed = Literal[
    "find", "next", "previous", "mark", "mark_back", "filter", "copy", "links", "evidence", "back", "tools"
]
BINDINGS: Final = [
    Binding("slash", "read('find')", "find", key_display="/"),
    Binding("n", "read('next')", "next match", show=False),
    Binding("N", "read('previous')", "previous match", show=False),
    Binding("right_curly_bracket", "read('mark')", "next mark", show=False),
    Binding("left_curly_bracket", "read('mark_back')", "previous mark", show=False),
    Binding("f", "read('filter')", "filter", show=False),
    Binding("y", "read('copy')", "copy", show=False),
    Binding("o", "read('links')", "links", show=False),
    Binding("e", "read('evidence')", "evidence", show=False),
    Binding("backspace", "read('back')", "back from evidence", show=False),
    Binding("t", "read('tools')", "tools", show=False),
]
_SEARCH_S: Final = 0.02
_TURN: Final = re.compile(r"\bturn (\d{1,9})\b")


class Readable(Protocol):
    """What is read on: the screen of a run."""

    player: Player | None
    watched: Watched | None

    @property
    def transcript(self) -> Transcript: ...
    @property
    def view(self) -> RunView: ...
    @property
    def chronicle(self) -> Chronicle: ...
    @property
    def palette(self) -> Palette: ...
    def show_end(self) -> None: ...


class Reading:
    """The reader's side of a run's screen. `notice` is what is said of it in the header."""

    def __init__(self, app: App[Any], run: Readable) -> None:
        self._app = app
        self._run = run
        self._search: Search | None = None
        self._hit = 0
        self._came_from: list[int] = []
        self._marks: Iterator[int | None] | None = None
        self._by = 1

    @property
    def notice(self) -> str:
        """The search and the filter that hold."""
        said = ["looking for a mark"] if self._marks is not None else []
        if (search := self._search) is not None:
            more = "" if search.done else "+"
            said.append(f"/{one_line(search.needle, 16)} {search.place(self._hit)}/{len(search.hits)}{more}")
        if only := self._run.transcript.look.only:
            said.append(f"only {only} (f)")
        return " · ".join(said)

    def work(self) -> None:
        """Go on with what takes longer than a moment."""
        self._look_for_mark()
        if (search := self._search) is not None:
            # What comes later is found too, but who reads is not called away to it.
            first = not self._hit and not search.done
            search.work(_SEARCH_S)
            if first and search.hits:
                self._to_hit(1)

    def do(self, deed: Deed) -> None:
        """What a key asks for."""
        match deed:
            case "find":
                self._app.push_screen(LineScreen("find (nothing: no longer)"), self._find)
            case "next":
                self._to_hit(1)
            case "previous":
                self._to_hit(-1)
            case "mark":
                self._to_mark(1)
            case "mark_back":
                self._to_mark(-1)
            case "filter":
                only = ONLY[(ONLY.index(self._run.transcript.look.only) + 1) % len(ONLY)]
                self._run.transcript.change_look(only=only)
            case "tools":
                self._run.transcript.change_look(tools=not self._run.transcript.look.tools)
            case "copy":
                self._copy()
            case "links":
                self._list_links()
            case "evidence":
                self._app.push_screen(EvidenceScreen(self._run.view, self._run.palette), self._to_evidence)
            case "back":
                self._back()

    def _find(self, needle: str | None) -> None:
        if needle is None:
            return
        self._search = self._searched(needle) if needle else None
        self._hit = 0
        self._run.transcript.change_look(find=needle)
        self.work()

    def _searched(self, needle: str) -> Search:
        if (player := self._run.player) is not None:
            return Search(needle, player.pages, len(player.pages))
        watched = self._run.watched
        pages, count = (watched.pages, watched.first) if watched else (None, 0)
        return Search(needle, pages, count, lambda: self._run.view.items)

    def _to_hit(self, by: int) -> None:
        if (search := self._search) is None:
            return
        found = search.next(self._hit or max(self._run.transcript.seq_at_top - 1, 0), by)
        if found is not None:
            self._hit = found
            self._to_seq(found)

    def _to_mark(self, by: int) -> None:
        player = self._run.player
        seq = player.seq if player else self._run.transcript.seq_at_top
        found = self._run.chronicle.marked(seq, by)
        self._marks, self._by = self._uncounted(seq, by, found), by
        if self._marks is None:
            self._go_to_mark(found)
        else:
            self._look_for_mark()

    def _uncounted(self, seq: int, by: int, found: int | None) -> Iterator[int | None] | None:
        """Marks to be read from the pages, where what lies there is not counted yet; else None."""
        player, watched = self._run.player, self._run.watched
        if player is not None:
            counted = player.ledger.seq
            if player.ledger.done or (found is not None if by > 0 else counted >= seq - 1):
                return None
            return marks(player.pages, max(seq, counted) if by > 0 else seq, by)
        if watched is None or watched.counted or (seq >= watched.seq if by > 0 else found is not None):
            return None
        return chain(marks(watched.pages, seq, by), (found,))

    def _look_for_mark(self) -> None:
        """Go on looking for the mark that was asked for."""
        until = time.perf_counter() + _SEARCH_S
        for found in self._marks or ():
            if found is not None:
                self._go_to_mark(found)
                return
            if time.perf_counter() >= until:
                return
        if self._marks is not None:
            self._go_to_mark(None)

    def _go_to_mark(self, found: int | None) -> None:
        self._marks = None
        if found is None:
            self._app.notify("no further mark" if self._by > 0 else "no earlier mark", timeout=2)
        elif self._run.player is not None:
            self._run.player.go_to_seq(found)
            self._run.show_end()
        else:
            self._to_seq(found)

    def _to_seq(self, seq: int) -> None:
        """Have that event in sight; in a replay, show what came later than the moment that is played."""
        player = self._run.player
        if player is not None and seq > player.seq:
            player.go_to_seq(seq)
            self._run.show_end()
        elif player is not None:
            player.playing = False
        self._run.transcript.scroll_to_seq(seq)

    def _copy(self) -> None:
        talk = self._run.transcript
        if words := talk.selected():
            talk.select_nothing()
            self._to_clipboard(words, f"what is selected: {len(words)} characters of Markdown")
        elif (said := talk.said_at_top) is not None:
            self._to_clipboard(said[1], f"turn {said[0]}: {len(said[1])} characters of Markdown")

    def _list_links(self) -> None:
        if (said := self._run.transcript.said_at_top) is None:
            return
        if not (found := links(said[1])):
            self._app.notify(f"no links in turn {said[0]}", timeout=2)
            return
        deed = "copies the address" if self._app.is_web else "opens"
        self._app.push_screen(LinksScreen(found, self._run.palette, deed), self._open)

    def _open(self, link: Link | None) -> None:
        if link is None:
            return
        url = link.url
        if url is None:
            self._app.notify(f"not opened: {link.warnings[0]}", severity="warning", markup=False)
        elif self._app.is_web:
            # A browser on this machine is nothing to who sits before another one.
            self._to_clipboard(url, "the address")
        else:
            self._app.run_worker(lambda: self._ask_browser(url, link.host), thread=True)

    def _ask_browser(self, url: str, host: str) -> None:
        """In a thread, as a browser may take its time to answer."""
        said = f"opened {one_line(host, 40)}" if opened(url) else "no browser could be opened"
        self._app.call_from_thread(self._app.notify, said, timeout=3, markup=False)

    def _to_clipboard(self, text: str, what: str) -> None:
        # A lone surrogate has no bytes that a terminal could be sent.
        coded = text.encode("utf-8", "replace")
        self._app.copy_to_clipboard(coded.decode("utf-8"))
        if "TMUX" in environment():
            self._passed_through(f"\x1b]52;c;{base64.b64encode(coded).decode('ascii')}\x07")
        self._app.notify(f"copied {what}", timeout=2)

    def _passed_through(self, sequence: str) -> None:
        """To the terminal around tmux, which keeps such sequences to itself unless they are wrapped."""
        driver = self._app._driver
        if driver is not None:
            driver.write("\x1bPtmux;" + sequence.replace("\x1b", "\x1b\x1b") + "\x1b\\")

    def _to_evidence(self, evidence: Evidence | None) -> None:
        found = _TURN.search(evidence.where) if evidence is not None else None
        if evidence is None:
            return
        if found is None:
            self._app.notify("this quote is from no turn", timeout=2)
            return
        talk = self._run.transcript
        self._came_from.append(talk.seq_at_top)
        turn = int(found.group(1))
        if self._run.player is not None and turn > self._run.player.turn:
            self._run.player.go_to_turn(turn)
            self._run.show_end()
        quote = max(evidence.quote.splitlines() or [""], key=len).strip()
        talk.change_look(find=quote)
        talk.scroll_to_turn(turn)
        talk.scroll_to_found()

    def _back(self) -> None:
        if self._came_from:
            self._run.transcript.change_look(find=self._search.needle if self._search else "")
            self._run.transcript.scroll_to_seq(self._came_from.pop())
