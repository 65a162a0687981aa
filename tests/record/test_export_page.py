"""The exported page in a real browser: it shows every text as it is, runs none of it, and fetches nothing."""

import json
import shutil
import socket
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from typing import Self

import pytest
from export_samples import completion, run_of, shown
from hypothesis import given
from hypothesis import strategies as st
from record_samples import EVENTS, HEADER

from duologue.display import display_safe
from duologue.record import events as ev
from duologue.record.page import embedded, render_page
from duologue.record.parts import Criterion, CriterionVerdict, Evidence

BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
browser = pytest.mark.skipif(BROWSER is None, reason="needs Chromium")
SPRUNG = "data-sprung"
"""The attribute that hostile code would set."""


@dataclass
class Dom(HTMLParser):
    """What a browser made of a page: its elements with their attributes, and the text within an id."""

    elements: list[tuple[str, dict[str, str | None]]] = field(default_factory=list)
    texts: dict[str, str] = field(default_factory=dict)
    _open: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()

    def __hash__(self) -> int:
        return id(self)

    @classmethod
    def of(cls, html: str) -> Self:
        """The parsed page."""
        dom = cls()
        dom.feed(html)
        return dom

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in ("meta", "input", "br", "img"):
            self._open.append(dict(attrs).get("id") or "")

    def handle_endtag(self, tag: str) -> None:
        self._open.pop()

    def handle_data(self, data: str) -> None:
        for name in filter(None, self._open):
            self.texts[name] = self.texts.get(name, "") + data

    def classes(self, wanted: str) -> int:
        """How many elements have the class."""
        return sum(wanted in (attrs.get("class") or "").split() for _, attrs in self.elements)

    @property
    def sprung(self) -> bool:
        """Whether foreign code ran."""
        return any(SPRUNG in attrs for _, attrs in self.elements)


def open_page(page: str, folder: Path, fragment: str = "") -> Dom:
    """The page after it ran in headless Chromium for a while of its own clock."""
    assert BROWSER is not None
    (folder / "page.html").write_text(page, "utf-8")
    options = ["--headless", "--no-sandbox", "--disable-gpu", "--dump-dom", "--virtual-time-budget=20000"]
    address = f"{(folder / 'page.html').as_uri()}{fragment}"
    command = [BROWSER, *options, f"--user-data-dir={folder / 'profile'}", address]
    done = subprocess.run(command, capture_output=True, timeout=50, check=True)
    return Dom.of(done.stdout.decode("utf-8"))


@dataclass
class Trap:
    """A port that counts who connects."""

    port: int
    visits: int = 0


@pytest.fixture
def trap() -> Iterator[Trap]:
    """A listener on loopback, which a page that fetched anything would reach."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        found = Trap(server.getsockname()[1])

        def listen() -> None:
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                found.visits += 1
                connection.close()

        thread = threading.Thread(target=listen, daemon=True)
        thread.start()
        yield found
        server.shutdown(socket.SHUT_RDWR)
        thread.join(5)


def hostile(port: int) -> str:
    """Markup that would run or fetch wherever it were taken for markup."""
    run = f"document.documentElement.setAttribute('{SPRUNG}','1')"
    address = f"http://127.0.0.1:{port}/x"
    return (
        f"</script><script>{run}</script><script src={address}></script>]]>-->"
        f'<img src={address} onerror="{run}">'
        f"<svg/onload={run}><a href=\"javascript:{run}\">x</a><style>@import '{address}';</style>"
        f'<iframe srcdoc="<script>parent.{run}</script>"></iframe><body onload={run}>'
        f'</textarea></title><meta http-equiv=refresh content="0;url={address}"><!-- <!--<script> '
        f"<base href={address}>{{{{x}}}}`${{{run}}}` &lt;b&gt; <!--script--> \u2028 \x1b[2J ‮"
    )


@browser
def test_hostile_words_are_shown_and_neither_run_nor_fetched(tmp_path: Path, trap: Trap) -> None:
    """Whatever stands in goal, names, criteria and talk is there to read and does nothing."""
    words = hostile(trap.port)
    dom = open_page(render_page(shown(run_of(words))), tmp_path)
    safe = display_safe(words)
    assert not dom.sprung
    assert trap.visits == 0
    assert dom.texts["goal"] == dom.texts["reason"] == safe
    assert dom.texts["talk"].count(safe) >= 10
    assert dom.texts["criteria"].count(safe) >= 4
    assert [tag for tag, _ in dom.elements].count("script") == 2
    assert not {"img", "svg", "iframe", "base", "textarea"} & {tag for tag, _ in dom.elements}
    assert not any(name.startswith("on") for _, attrs in dom.elements for name in attrs)
    assert {attrs["href"] for tag, attrs in dom.elements if tag == "a"} <= {"#talk", "#turn-2"}


@browser
def test_the_policy_holds_even_where_markup_gets_in(tmp_path: Path, trap: Trap) -> None:
    """Hostile markup put into the page by hand neither runs nor fetches; without the policy it does both."""
    page = render_page(shown(run_of("Hello.")))
    run = f"document.documentElement.setAttribute('{SPRUNG}','1')"
    bad = f"<script>{run}</script><img src='http://127.0.0.1:{trap.port}/x' onerror=\"{run}\">"
    broken = page.replace("<main>", f"{bad}<main>")
    dom = open_page(broken, tmp_path)
    assert (dom.sprung, trap.visits, dom.texts["goal"]) == (False, 0, "Hello.")
    policy = page[page.index('<meta http-equiv="Content') :].split("\n")[0]
    open_again = open_page(broken.replace(policy, ""), tmp_path)
    assert open_again.sprung
    assert trap.visits >= 1


def long_talk() -> list[ev.Event]:
    """Four turns about rivers and a verdict in their midst."""
    events: list[ev.Event] = [
        HEADER,
        ev.CriteriaSet(criteria=[Criterion(id="c1", text="Three lines", kind="judged", origin="goal")]),
    ]
    for turn, role in enumerate(("user", "assistant", "user", "assistant"), 1):
        events.append(ev.TurnStarted.model_validate({"turn": turn, "role": role}))
        events.append(
            completion(turn, role, f"Turn {turn} is of a River.\n```\nstill = 'river'\n```\nIt ends.")
        )
        events.append(
            ev.TurnCompleted.model_validate({"turn": turn, "role": role, "completions": [len(events)]})
        )
        if turn == 2:
            quote = Evidence(where="turn 2", quote="a River", stands=True)
            word = CriterionVerdict(id="c1", state="met", reason="So it is.", evidence=[quote])
            events.append(ev.VerdictGiven(turn=2, decision="continue", summary="Nearly.", criteria=[word]))
    return events


@browser
def test_search(tmp_path: Path) -> None:
    """A search marks every match whatever its case, counts them, and stands on the first."""
    dom = open_page(render_page(shown(long_talk())), tmp_path, "#q=rIVER")
    assert dom.texts["count"] == "1 of 9"
    assert [tag for tag, _ in dom.elements].count("mark") == 9
    assert dom.classes("now") == 1


@browser
def test_a_place_in_the_talk(tmp_path: Path) -> None:
    """At a place before the end only what came before it is in sight, with the criteria as they stood."""
    page = render_page(shown(long_talk()))
    early = open_page(page, tmp_path, "#at=2")
    assert (early.classes("ahead"), early.texts["place"]) == (3, "2 of 5")
    assert early.texts["criteria"].startswith("Criteria 0/1")
    late = open_page(page, tmp_path, "#at=3")
    assert (late.classes("ahead"), late.texts["criteria"][:12]) == (2, "Criteria 1/1")


@browser
def test_playing_types_the_talk_to_its_end(tmp_path: Path) -> None:
    """Played, the talk is typed from its beginning, and ends whole with nothing left ahead."""
    page = render_page(shown(long_talk()))
    dom = open_page(page, tmp_path, "#play=4")
    assert (dom.classes("ahead"), dom.classes("typing"), dom.texts["place"]) == (0, 0, "5 of 5")
    assert "▶ Play" in dom.texts["play"]
    assert dom.texts["talk"] == open_page(page, tmp_path).texts["talk"]


def test_every_event_has_its_place() -> None:
    """A log of every kind of event makes a page that names its policy and holds its data."""
    page = render_page(shown(EVENTS))
    assert page.count("Content-Security-Policy") == 1
    assert "<!--data-->" not in page
    assert "still water" in page


@given(st.text(st.characters()))
def test_embedded_data_reads_back_and_ends_no_element(text: str) -> None:
    """Any text comes out of the embedded JSON as it went in, and holds no character that markup needs."""
    told = shown(run_of(text or "x"))
    data = embedded(told)
    assert not set("<>&\u2028\u2029") & set(data)
    assert json.loads(data)["goal"] == told.goal
