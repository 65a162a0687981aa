"""Criteria are proposed, weighed, reviewed and changed; a goal that is too vague is asked about once."""

import asyncio
import json
from dataclasses import replace
from pathlib import Path

import pytest
from scripted_run import DONE, EXCHANGE, NOT_DONE, Outcome, make_assignment, play, reply
from test_resume import cut_copy, go_on

from duologue.conversation.assignment import Assignment
from duologue.conversation.criteria import edited, given_criteria, numbered, render_criteria
from duologue.conversation.host import Host
from duologue.conversation.launch import launch
from duologue.endpoint.scenario import load_scenario
from duologue.endpoint.scripted import ScriptedTransport
from duologue.record import events as ev
from duologue.record.control import AddCriterion, Approve, Command, Deny, Say, send
from duologue.record.parts import Criterion
from duologue.record.reader import read_strict

DERIVED = reply("judge", json.dumps({"criteria": ["The price is named.", "One sentence."]}))
VAGUE = {"question": "Cheapest in the first year or over three?", "assumptions": ["Over three years."]}
ASKING = reply("judge", json.dumps({**VAGUE, "criteria": ["The sum over three years is named."]}))


def of_texts(*texts: str) -> list[Criterion]:
    """Criteria of the person's, numbered."""
    return given_criteria(texts, [], [])


def test_weights() -> None:
    """A weight may stand before the text; one of 0 is a wish, and the judge is told so."""
    plain, heavy, wish = of_texts("It rhymes.", "weight=2: It scans.", "Weight = 0; It is short.")
    assert [(c.text, c.weight) for c in (plain, heavy, wish)] == [
        ("It rhymes.", 1.0),
        ("It scans.", 2.0),
        ("It is short.", 0.0),
    ]
    assert render_criteria([wish]) == "c3. It is short. (a wish: `done` does not need it)"
    assert [c.text for c in of_texts("The weight=3 kg is named.")] == ["The weight=3 kg is named."]


def test_edited_criteria_keep_their_ids() -> None:
    """What stays keeps its id, what is new gets one that none had, what is dropped is gone, checks stay."""
    check = Criterion(id="c3", text="At most 9 words", kind="checked", origin="option", check="max_words:9")
    before = [*of_texts("One.", "Two."), check]
    after = edited(before, ["Three.", "two. ", "Three.", " "])
    assert [(c.id, c.text) for c in after] == [("c4", "Three."), ("c2", "Two."), ("c3", "At most 9 words")]
    assert [(c.id, c.origin) for c in edited(before, [])] == [("c3", "option"), ("c4", "default")]
    assert [c.id for c in numbered([*after, Criterion(id="", text="Four.", kind="judged", origin="person")])][
        -1
    ] == "c5"


def test_an_edited_weight_holds() -> None:
    """A weight that is told anew, or told no more, changes the criterion, which keeps its id."""
    before = of_texts("weight=2: One.", "Two.", "weight=3: Three.")
    after = edited(before, ["One.", "weight=0: Two.", "weight=3: Three."])
    assert [(c.id, c.text, c.weight) for c in after] == [
        ("c1", "One.", 1.0),
        ("c2", "Two.", 0.0),
        ("c3", "Three.", 3.0),
    ]


async def test_a_wish_is_not_needed(tmp_path: Path) -> None:
    """A run is done without its wishes, and does not name them as unmet."""
    words = json.loads(DONE)
    words["criteria"].append({"id": "c2", "state": "unmet", "reason": "It is long.", "evidence": []})
    wishes = ("The cheapest supplier is named.", "weight=0: It is short.")
    run = await play(tmp_path, EXCHANGE, reply("judge", json.dumps(words)), criteria=wishes)
    assert (run.ending.outcome, run.ending.unmet) == ("done", ())


class Person:
    """Somebody who answers when the run waits: each answer once, in order, when such an event is seen."""

    def __init__(self, folder: Path, *answers: Command) -> None:
        self._folder = folder
        self._answers = list(answers)
        self.waits = 0

    def observe(self, record: ev.Record, _line: bytes) -> None:
        event = record.event
        asks = isinstance(event, ev.GoalSpecified) and event.question and not event.answer
        if asks or (isinstance(event, ev.CriteriaSet) and event.proposed):
            self.waits += 1
            if self._answers:
                asyncio.get_running_loop().call_soon(send, self._folder, self._answers.pop(0))


async def attended(folder: Path, assignment: Assignment, person: Person, *replies: str) -> Outcome:
    """The run in the presence of this person."""
    scenario = folder / "scenario.toml"
    scenario.write_text("".join(replies), "utf-8")
    stand_in = ScriptedTransport(load_scenario(scenario))
    ending = await launch(assignment, folder / "run", Host(transport=stand_in, observers=(person.observe,)))
    log = folder / "run" / "log.jsonl"
    return Outcome(ending, [record.event for record in read_strict(log)], stand_in.seen, log)


def texts_of(run: Outcome) -> list[list[str]]:
    """The texts of the criteria, each time that they were set."""
    return [[c.text for c in each.criteria] for each in run.of(ev.CriteriaSet)]


GIVEN = "The cheapest supplier is named."


@pytest.mark.parametrize(
    ("answer", "criteria"),
    [
        (Approve(), [GIVEN, "The price is named.", "One sentence."]),
        (Approve(criteria=[GIVEN, "In euros."]), [GIVEN, "In euros."]),
        (Deny(), [GIVEN]),
    ],
)
async def test_proposed_criteria_wait_for_the_person(
    answer: Command, criteria: list[str], tmp_path: Path
) -> None:
    """Nothing is paid for before they are approved, changed or refused."""
    assignment = replace(make_assignment(derive=True, limits={"turns": 2}), review=True)
    person = Person(tmp_path / "run", answer)
    run = await attended(tmp_path, assignment, person, DERIVED, EXCHANGE, reply("judge", NOT_DONE))
    assert texts_of(run) == [[GIVEN, "The price is named.", "One sentence."], criteria]
    assert [each.proposed for each in run.of(ev.CriteriaSet)] == [True, False]
    types = [event.type for event in run.events]
    assert types.index("turn.started") > types.index("control.received")
    assert run.of(ev.CriteriaSet)[1].criteria[0].id == "c1"
    assert criteria[-1] in run.asked("user")[0]["messages"][0]["content"]


async def test_criteria_can_be_added_while_they_are_reviewed(tmp_path: Path) -> None:
    """They are then proposed again, with what was added."""
    assignment = replace(make_assignment(derive=True, limits={"turns": 2}), review=True)
    person = Person(tmp_path / "run", AddCriterion(text="In euros."), Approve())
    run = await attended(tmp_path, assignment, person, DERIVED, EXCHANGE, reply("judge", NOT_DONE))
    assert [each.proposed for each in run.of(ev.CriteriaSet)] == [True, True, False]
    assert texts_of(run)[-1][-1] == "In euros."


async def test_given_criteria_are_reviewed_too(tmp_path: Path) -> None:
    """Who asks to see them first is shown them, also where none are derived."""
    assignment = replace(make_assignment(limits={"turns": 2}), review=True)
    person = Person(tmp_path / "run", Approve())
    run = await attended(tmp_path, assignment, person, EXCHANGE, reply("judge", NOT_DONE))
    assert [each.proposed for each in run.of(ev.CriteriaSet)] == [True, False]


async def test_without_a_review_the_run_begins(tmp_path: Path) -> None:
    """Derived criteria hold at once where nobody asked to see them first."""
    run = await play(tmp_path, DERIVED, EXCHANGE, reply("judge", NOT_DONE), derive=True, limits={"turns": 2})
    assert [each.proposed for each in run.of(ev.CriteriaSet)] == [False]
    assert run.of(ev.GoalSpecified) == []


async def test_what_cannot_be_used_of_a_models_criteria(tmp_path: Path) -> None:
    """An answer that cannot be read is shown to the model again; empty and endless criteria are dropped."""
    listed = json.dumps({"criteria": ["", " \n", "x" * 401, "One sentence.", "A"]})
    replies = (
        reply("judge", "I would say: short."),
        reply("judge", listed),
        EXCHANGE,
        reply("judge", NOT_DONE),
    )
    run = await play(tmp_path, *replies, derive=True, limits={"turns": 2})
    assert texts_of(run) == [[GIVEN, "One sentence.", "A"]]
    again = run.asked("judge")[1]["messages"]
    assert [message["role"] for message in again] == ["system", "user", "assistant", "user"]
    assert again[2]["content"] == "I would say: short."


async def test_a_vague_goal_is_asked_about_once(tmp_path: Path) -> None:
    """The answer becomes part of the goal for every role, and the criteria are read out of that."""
    assignment = replace(make_assignment(derive=True, limits={"turns": 2}), ask=True)
    person = Person(tmp_path / "run", Say(text="In the first year."))
    run = await attended(tmp_path, assignment, person, ASKING, ASKING, EXCHANGE, reply("judge", NOT_DONE))
    assert person.waits == 1
    question, answer = run.of(ev.GoalSpecified)
    assert (question.question, question.answer) == (VAGUE["question"], "")
    assert answer.goal.endswith(
        "Asked: Cheapest in the first year or over three?\nAnswered: In the first year."
    )
    for role in ("user", "assistant", "judge"):
        assert "Answered: In the first year." in run.asked(role)[-1]["messages"][0]["content"]
    assert len(run.of(ev.CriteriaSet)) == 1


@pytest.mark.parametrize("answer", [Deny(), Approve()])
async def test_a_question_that_the_person_does_not_answer(answer: Command, tmp_path: Path) -> None:
    """Who declines, or agrees to what was assumed, gets the assumptions."""
    assignment = replace(make_assignment(derive=True, limits={"turns": 2}), ask=True)
    person = Person(tmp_path / "run", answer)
    run = await attended(tmp_path, assignment, person, ASKING, ASKING, EXCHANGE, reply("judge", NOT_DONE))
    assert run.of(ev.GoalSpecified)[-1].goal.endswith("Taken to mean:\n- Over three years.")
    assert "Taken to mean" in run.asked("assistant")[0]["messages"][0]["content"]


async def test_a_vague_goal_when_nobody_is_there(tmp_path: Path) -> None:
    """The assumptions are stated and worked from; nobody is waited for, and no further call is paid for."""
    run = await play(tmp_path, ASKING, EXCHANGE, reply("judge", NOT_DONE), derive=True, limits={"turns": 2})
    (told,) = run.of(ev.GoalSpecified)
    assert (told.assumptions, told.question) == (["Over three years."], "")
    assert texts_of(run)[0][-1] == "The sum over three years is named."
    assert "- Over three years." in run.asked("user")[0]["messages"][0]["content"]


async def test_a_vague_goal_without_assumptions_stays_as_it_is(tmp_path: Path) -> None:
    """A model that asks and assumes nothing adds nothing to the goal."""
    asking = reply("judge", json.dumps({"question": "Which year?", "criteria": ["A sum is named."]}))
    run = await play(tmp_path, asking, EXCHANGE, reply("judge", NOT_DONE), derive=True, limits={"turns": 2})
    (told,) = run.of(ev.GoalSpecified)
    assert told.goal == "Find the cheapest supplier."


@pytest.mark.parametrize("ask", [True, False])
async def test_cut_off_at_any_point_of_it(ask: bool, tmp_path: Path) -> None:
    """A run that is resumed finds the question answered, or asks it again; it is never paid for twice."""
    assignment = replace(make_assignment(derive=True, limits={"turns": 2}), ask=ask, review=ask)
    answers = (Say(text="In the first year."), Approve()) if ask else ()
    replies = (ASKING, *([ASKING] if ask else []), EXCHANGE, reply("judge", NOT_DONE))
    whole = await attended(tmp_path, assignment, Person(tmp_path / "run", *answers), *replies)
    goals = [event.goal for event in whole.of(ev.GoalSpecified)]
    for cut in range(1, len(whole.events)):
        folder = tmp_path / f"cut-{cut}"
        cut_copy(whole.log.parent, cut, folder)
        (folder / "control.jsonl").unlink(missing_ok=True)
        said = [e.type for e in whole.events[:cut]]
        if ask and said.count("criteria.set") < 2:
            continue  # It waits for the person again, which the attended runs show.
        resumed = await go_on(folder, tmp_path / "scenario.toml", assignment)
        assert [e.goal for e in resumed.events if isinstance(e, ev.GoalSpecified)] == goals
        assert resumed.ending.outcome == whole.ending.outcome
        paid = [e for e in resumed.events if isinstance(e, ev.CompletionReceived)]
        assert len(paid) == len(whole.of(ev.CompletionReceived))
