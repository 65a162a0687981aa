"""Foreign words on the screen: all of them shown, none of them acting."""

import re

import pytest
from screen_reading import segments
from screen_sample import StillFeed
from textual.events import Paste
from textual.widgets import Input

from duologue.record import events as ev
from duologue.record.draft import Draft
from duologue.record.parts import (
    Criterion,
    CriterionVerdict,
    Evidence,
    LimitsRecord,
    PairRecord,
    SourceRecord,
    Span,
    Spent,
)
from duologue.record.view import RunView
from duologue.tui.app import RunApp
from duologue.tui.blocks import paint_row
from duologue.tui.look import Look
from duologue.tui.palette import DARK
from duologue.tui.rows import Scene

EVIL = (
    "\x1b]0;owned\x07\x1b[2J\x9b31m\r\b\x00 \u202e\u2066 \u200b\U000e0041 [@click=app.exit]go[/] "
    "[bold red]x[/] \ud800 \u2028 &#27;[31m :smile: [link=http://x]y[/link]"
)
ACTING = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u202a-\u202e\u2066-\u2069\u2028\ud800-\udfff\U000e0000-\U000e007f]"
)


def hostile_events() -> list[ev.Event]:
    """Every event, with words that would act in each of its fields."""
    evidence = Evidence(where=EVIL, quote=EVIL, stands=False, why=EVIL)
    spent = Spent(turns=1, calls=1, tokens=1, seconds=1)
    said = {"purpose": "turn", "attempt": "a", "model": EVIL, "text": f"{EVIL}\n```{EVIL}\n{EVIL}\n```"}
    return [
        ev.RunStarted(
            program=EVIL,
            run=EVIL,
            goal=EVIL,
            pair=PairRecord(name=EVIL, title=EVIL, version=1, prompts={}),
            settings={EVIL: EVIL},
            limits=LimitsRecord(),
            seed=1,
            sources=[SourceRecord(name=EVIL, size=1, blob="b")],
        ),
        ev.CriteriaSet(
            criteria=[
                Criterion(id="c1", text=EVIL, kind="judged", origin="goal"),
                Criterion(id=EVIL, text=EVIL, kind="checked", origin="goal", check=EVIL),
            ]
        ),
        ev.TurnStarted(turn=1, role="user"),
        ev.CompletionReceived.model_validate({"turn": 1, "role": "user", "reasoning": EVIL, **said}),
        ev.TurnCompleted(turn=1, role="user", completions=[4], result=Span(completion=4, start=0, end=90)),
        ev.GuardRaised(turn=1, role="user", guard=EVIL, reason=EVIL, rung="nudge"),
        ev.AttemptFailed(
            turn=1, role="user", purpose="turn", attempt="a", kind=EVIL, message=EVIL, partial=EVIL, wait_s=1
        ),
        ev.ToolFinished(turn=1, role="assistant", call="x", name=EVIL, ok=True, text=EVIL),
        ev.ControlReceived(command="say", by=EVIL, text=EVIL),
        ev.UnknownEvent.model_validate({"type": EVIL, "words": EVIL}),
        ev.CheckFinished(turn=1, criterion=EVIL, passed=False, reason=EVIL),
        ev.VerdictGiven(
            turn=1,
            decision="done",
            summary=EVIL,
            criteria=[
                CriterionVerdict(id="c1", state="unmet", reason=EVIL, evidence=[evidence]),
                CriterionVerdict(id=EVIL, state="met", reason=EVIL, evidence=[evidence]),
            ],
        ),
        ev.VerdictOverruled(turn=1, reasons=[EVIL]),
        ev.RunEnded(outcome="failed", reason=EVIL, unmet=[EVIL, "c1"], spent=spent, next=EVIL),
    ]


def hostile() -> list[ev.Record]:
    return [ev.Record(place, EVIL, place, event, "") for place, event in enumerate(hostile_events(), 1)]


def check(app: RunApp) -> str:
    text = ""
    for words, acts in segments(app):
        assert ACTING.search(words) is None, words
        assert not acts or "app.exit" not in words
        text += words
    return text


@pytest.mark.parametrize("width", [1, 20, 40, 80, 140])
def test_no_row_acts(width: int) -> None:
    """Each row of the talk, at any width, shows hostile words as words."""
    view = RunView()
    for record in hostile():
        view.apply(record)
    scene = Scene(view)
    shown = 0
    for index in range(len(scene)):
        for strip in paint_row(scene, index, Look(width, DARK, reasoning=True)):
            assert ACTING.search(strip.text) is None
            assert not any(segment.style and (segment.style.link or segment.style.meta) for segment in strip)
            shown += strip.text.count("␛")
    assert shown > 5


async def test_no_foreign_word_acts_on_the_screen() -> None:
    """Wherever hostile words stand in a log, nothing on the screen is a control, and no markup is read."""
    app = RunApp(StillFeed(hostile()), mode="watch", title=EVIL)
    async with app.run_test(size=(120, 150)) as pilot:
        text = check(app)
        assert text.count("[@click=app.exit]") > 5
        assert "␛" in text
        await pilot.click(offset=(10, 3))
        await pilot.press("c")
        assert "[@click=app.exit]" in check(app)
        assert app.is_running


async def test_no_draft_acts() -> None:
    """A draft is made safe as it grows, whoever writes it."""
    feed = StillFeed(hostile()[:3], draft=Draft(1, "user", "turn", EVIL, EVIL, EVIL))
    app = RunApp(feed, mode="watch")
    async with app.run_test(size=(80, 60)) as pilot:
        assert "␛" in check(app)
        feed.draft = Draft(1, "judge", "verdict", EVIL, EVIL, EVIL)
        app.tick()
        await pilot.pause()
        check(app)


async def test_links_carry_no_address_to_the_terminal() -> None:
    """A link in a model's text is shown with its address, and is no link of the terminal's."""
    records = hostile()[:2]
    records.append(ev.Record(3, "", 3, ev.TurnStarted(turn=1, role="user"), ""))
    draft = Draft(1, "user", "turn", "a", "see [this](http://evil.example/x) now", "")
    app = RunApp(StillFeed(records, draft=draft), mode="watch")
    async with app.run_test(size=(80, 60)):
        found = list(segments(app))
    assert any("evil.example" in words for words, _ in found)
    assert not any(acts for words, acts in found if "this" in words or "evil.example" in words)


async def test_what_is_pasted_into_a_line_does_not_act() -> None:
    """A field of one line takes hostile words made safe."""
    app = RunApp(StillFeed(hostile()), mode="watch")
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("slash")
        app.post_message(Paste(EVIL.replace("\u2028", "")))
        await pilot.pause()
        assert "owned" in app.screen.query_one(Input).value
        check(app)
