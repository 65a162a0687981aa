"""What a run asks of the person: shown raw outside the talk, answered by keys alone."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from screen_reading import everything, shown
from screen_sample import haiku
from test_tui_safety import ACTING, EVIL
from textual.pilot import Pilot

from duologue.record import events as ev
from duologue.record.control import Approve, Command, ControlReader, Deny, Say
from duologue.record.follow import Follower
from duologue.record.log import LogWriter
from duologue.record.parts import Criterion
from duologue.tui.app import RunApp
from duologue.tui.confirm import ConfirmScreen
from duologue.tui.entry import Entry
from duologue.tui.header import Header
from duologue.tui.review import ReviewScreen
from duologue.tui.told import Told
from duologue.tui.write import WriteScreen

SIZES = [(80, 24), (140, 50), (40, 12)]
PROPOSED = [
    Criterion(id="c1", text="It has three lines", kind="judged", origin="goal"),
    Criterion(id="c2", text="At most 20 words", kind="checked", origin="option", check="words:20"),
    Criterion(id="c3", text="It rhymes", kind="judged", origin="goal", weight=2),
]
REVIEW = ev.CriteriaSet(criteria=PROPOSED, proposed=True)
QUESTION = ev.GoalSpecified(goal="g", question="Which [b]river[/b]?", assumptions=["The Rhine."])


class Asking:
    """A run that is going on, and asks what a test makes it ask."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.log = LogWriter.create(folder)
        self.reader = ControlReader(folder)
        self.log.append(haiku().records[0].event)

    def app(self) -> RunApp:
        """Its screen."""
        return RunApp(Follower(self.folder), mode="watch", title="run-1", folder=self.folder)

    def told(self) -> list[Command]:
        """What it was told since the last time."""
        return [command for _, command in self.reader.read()]


@pytest.fixture
def asking(tmp_path: Path) -> Iterator[Asking]:
    """A run that somebody runs."""
    run = Asking(tmp_path / "run-1")
    with run.log:
        yield run


async def ticked(app: RunApp, pilot: Pilot[str | None]) -> None:
    app.tick()
    await pilot.pause()


async def armed(app: RunApp, pilot: Pilot[str | None]) -> None:
    """The review is open, and takes an answer."""
    await ticked(app, pilot)
    while not (isinstance(app.screen, ReviewScreen) and app.screen.armed):
        await pilot.pause(0.01)


def said(app: RunApp) -> str:
    return " ".join("\n".join(shown(app.screen_stack[0].query_one(Told))).split())


@pytest.mark.parametrize("size", SIZES)
async def test_no_click_answers_a_review(size: tuple[int, int], asking: Asking) -> None:
    """The review shows what is proposed, and a click on any of its lines is no answer."""
    asking.log.append(REVIEW)
    app = asking.app()
    async with app.run_test(size=size) as pilot:
        await armed(app, pilot)
        assert "It has three lines" in everything(app)
        assert "At most 20 words (check)" in everything(app)
        for y in range(size[1]):
            await pilot.click(offset=(size[0] // 2, y))
        assert isinstance(app.screen, ReviewScreen)
        assert asking.told() == []


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize(("key", "answer"), [("y", Approve()), ("n", Deny())])
async def test_criteria_are_approved_as_they_are_or_not(
    key: str, answer: Command, size: tuple[int, int], asking: Asking
) -> None:
    """The review opens by itself; y approves and n does not, whatever was clicked on before."""
    asking.log.append(REVIEW)
    app = asking.app()
    async with app.run_test(size=size) as pilot:
        await armed(app, pilot)
        await pilot.click(offset=(size[0] // 2, size[1] // 2))
        await pilot.press(key)
        await pilot.pause()
        assert asking.told() == [answer]
        asking.log.append(REVIEW.model_copy(update={"proposed": False}))
        await ticked(app, pilot)
        assert len(app.screen_stack) == 1


async def test_criteria_are_changed_dropped_and_added(asking: Asking) -> None:
    """What the person makes of the list is what is approved; a check stays as it is."""
    asking.log.append(REVIEW)
    app = asking.app()
    async with app.run_test(size=(80, 24)) as pilot:
        await armed(app, pilot)
        await pilot.press("enter", "!", "enter")
        await pilot.press("down", "d")
        assert "A program decides this one" in everything(app)
        await pilot.press("enter", "down", "d", "d", "d")
        assert "weight=2: It rhymes (dropped)" in everything(app)
        await pilot.press("a", "enter")
        assert "A criterion needs words" in everything(app)
        await pilot.press("N", "e", "w", "enter")
        await pilot.pause()
        await pilot.press("y")
        await pilot.pause()
        assert asking.told() == [Approve(criteria=["It has three lines!", "New"])]


async def test_a_change_that_is_none_or_cancelled_approves_as_proposed(asking: Asking) -> None:
    """Looking at a criterion in the field does not make it another."""
    asking.log.append(REVIEW)
    app = asking.app()
    async with app.run_test(size=(80, 24)) as pilot:
        await armed(app, pilot)
        await pilot.press("enter", "enter", "enter", "x", "escape", "up", "enter", "enter", "y")
        await pilot.pause()
        assert asking.told() == [Approve()]


async def test_a_weight_alone_is_a_change(asking: Asking) -> None:
    """A criterion whose weight is all that was changed is sent with it."""
    asking.log.append(REVIEW)
    app = asking.app()
    async with app.run_test(size=(80, 24)) as pilot:
        await armed(app, pilot)
        await pilot.press("up", "enter", "home", *("right",) * 7, "delete", "3", "enter", "y")
        await pilot.pause()
        assert asking.told() == [Approve(criteria=["It has three lines", "weight=3: It rhymes"])]


async def test_a_review_that_is_put_off_keeps_its_changes(asking: Asking) -> None:
    """What was dropped stands so when the review is opened again, and so does what was being written."""
    asking.log.append(REVIEW)
    app = asking.app()
    async with app.run_test(size=(80, 24)) as pilot:
        await armed(app, pilot)
        await pilot.press("d", "a", "N", "e", "w", "escape", "escape", "enter")
        await pilot.pause()
        assert "It has three lines (dropped)" in everything(app)
        await pilot.press("a")
        assert app.screen.query_one(Entry).text == "New"
        await pilot.press("enter")
        await pilot.pause()
        await pilot.press("y")
        await pilot.pause()
        assert asking.told() == [Approve(criteria=["weight=2: It rhymes", "New"])]


async def test_a_key_that_was_meant_for_the_talk_answers_nothing(asking: Asking) -> None:
    """As the review opens by itself it takes no answer, whatever is pressed just then."""
    asking.log.append(REVIEW)
    app = asking.app()
    async with app.run_test(size=(80, 24)) as pilot:
        await armed(app, pilot)
        assert isinstance(app.screen, ReviewScreen)
        assert app.screen._guard_s > 0
        app.screen.armed = False  # as it was at first, however slow this machine is
        await pilot.press("y", "n")
        assert isinstance(app.screen, ReviewScreen)
        assert asking.told() == []


@pytest.mark.parametrize("size", SIZES)
async def test_the_answer_can_wait(size: tuple[int, int], asking: Asking) -> None:
    """Escape answers nothing; enter opens the question again, and the state says what is waited for."""
    asking.log.append(REVIEW)
    app = asking.app()
    async with app.run_test(size=size) as pilot:
        await ticked(app, pilot)
        await pilot.press("escape")
        await ticked(app, pilot)
        assert len(app.screen_stack) == 1
        assert "enter opens the question again" in said(app)
        assert "waiting for a review" in "\n".join(shown(app.query_one(Header)))
        await pilot.press("enter")
        assert isinstance(app.screen, ReviewScreen)
    assert asking.told() == []


async def test_what_was_answered_elsewhere_is_not_answered_twice(asking: Asking) -> None:
    """An answer to a question that has changed is not sent; the new one is asked."""
    asking.log.append(REVIEW)
    app = asking.app()
    async with app.run_test(size=(80, 24)) as pilot:
        await armed(app, pilot)
        asking.log.append(REVIEW.model_copy(update={"criteria": [*PROPOSED, PROPOSED[0]]}))
        app.tick()
        await pilot.press("d", "y")
        await pilot.pause()
        assert asking.told() == []
        assert "has changed meanwhile" in said(app)
        await ticked(app, pilot)
        assert isinstance(app.screen, ReviewScreen)


@pytest.mark.parametrize("size", SIZES)
async def test_a_question_is_answered(size: tuple[int, int], asking: Asking) -> None:
    """The question is shown raw, with what is assumed without an answer; the answer is said to the run."""
    asking.log.append(QUESTION)
    app = asking.app()
    async with app.run_test(size=size) as pilot:
        await ticked(app, pilot)
        assert isinstance(app.screen, WriteScreen)
        assert "Which [b]river[/b]?" in everything(app)
        await pilot.press("pagedown")
        assert "- The Rhine." in everything(app)
        assert "waiting for an answer" in "\n".join(shown(app.screen_stack[0].query_one(Header)))
        await pilot.press("M", "e", "enter")
        await pilot.pause()
        assert asking.told() == [Say(text="Me")]


async def test_a_question_can_be_left_to_what_is_assumed(asking: Asking) -> None:
    """Without words it is asked whether to go on without an answer, and only y is yes;
    else the question is there again."""
    asking.log.append(QUESTION)
    app = asking.app()
    async with app.run_test(size=(80, 24)) as pilot:
        await ticked(app, pilot)
        await pilot.press("enter")
        assert isinstance(app.screen, ConfirmScreen)
        assert "The Rhine." in everything(app)
        await pilot.press("enter")
        await pilot.pause()
        assert asking.told() == []
        assert isinstance(app.screen, WriteScreen)
        await pilot.press("enter")
        await pilot.press("y")
        await pilot.pause()
        assert asking.told() == [Deny()]


@pytest.mark.parametrize("asked", ["review", "question"])
async def test_no_foreign_word_acts_in_a_question(asked: str, asking: Asking) -> None:
    """Hostile words of a model are shown as words, in the list and in the field."""
    evil = EVIL.replace("\ud800", "")
    hostile = Criterion(id="c1", text=evil, kind="judged", origin="goal")
    review = ev.CriteriaSet(criteria=[hostile], proposed=True)
    question = ev.GoalSpecified(goal=evil, question=evil, assumptions=[evil])
    asking.log.append(review if asked == "review" else question)
    app = asking.app()
    async with app.run_test(size=(100, 40)) as pilot:
        await ticked(app, pilot)
        assert "[@click=app.exit]" in everything(app)
        for _ in range(2):
            fields = [line for field in app.screen.query(Entry) for line in shown(field)]
            text = everything(app) + "".join(fields)
            assert "␛" in text
            assert ACTING.search(text.replace("\n", "")) is None
            await pilot.press("enter")
        assert app.is_running
