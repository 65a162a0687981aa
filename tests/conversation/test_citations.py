"""Citations in a result: those that lead to what they say, those that do not, and what is no citation."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scripted_run import ASK, DONE, NOT_DONE, make_assignment, play, reply

from duologue.conversation.citations import find_citations
from duologue.conversation.sources import Source
from duologue.record import events as ev
from duologue.record.reader import read_strict
from duologue.record.view import RunView

NOTE = Source("note.txt", "Corva asks 12 euros.\nArno asks\n14 euros.\n\nBoth deliver in May.")
SOURCES = [NOTE, Source("two words.md", "One line.")]


@pytest.mark.parametrize(
    "text",
    [
        "Corva is cheap [note.txt:1].",
        '"Corva asks 12 euros" [note.txt:1]',
        "“Corva asks 12 euros.” [note.txt:1]",
        "«Corva asks» ([note.txt:1])",
        '"Corva asks 12 euros", [note.txt: 1]',
        '"Arno asks 14 euros" [note.txt:2-3]',
        '"Arno asks\n14 euros" [note.txt:2–3]',
        '[note.txt:1]: "Corva asks"',
        "[note.txt:L5] and [note.txt:line 5]",
        '"One line." [two words.md:1]',
        "| May | [note.txt:5] |",
    ],
)
def test_a_citation_that_holds(text: str) -> None:
    """Source, line and the words beside it are there, however it is set."""
    found = find_citations(text, SOURCES)
    assert found
    assert [each.why for each in found] == [""] * len(found)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("[other.txt:1]", "there is no source other.txt"),
        ("[Note.txt:1]", "there is no source Note.txt"),
        ("[note.txt:6]", "note.txt has 5 lines"),
        ("[note.txt:4-9]", "note.txt has 5 lines"),
        ("[two words.md:2]", "two words.md has 1 line"),
        ("[note.txt:0]", "these are no lines"),
        ("[note.txt:3-2]", "these are no lines"),
        ('"Corva asks 13 euros" [note.txt:1]', "the quoted words do not stand there"),
        ('"Corva … euros" [note.txt:1]', "do not stand there"),
        ('"Both deliver" [note.txt:1]', "do not stand there, but in line 5"),
        ('[note.txt:5]: "Both collect"', "do not stand there"),
    ],
)
def test_a_citation_that_does_not_hold(text: str, why: str) -> None:
    """What is missing is said: the source, the line, or the words."""
    (found,) = find_citations(text, SOURCES)
    assert why in found.why


@pytest.mark.parametrize(
    "text", ["At [12:30] it began.", "rows[1:3]", "x.py[2:4]", "[link](a:1)", "[see:1]", "[ ]", "[a]: 1", ""]
)
def test_no_citation(text: str) -> None:
    """Times, slices and links are none, and without sources nothing is."""
    assert find_citations(text, SOURCES) == []
    assert find_citations("[note.txt:1]", []) == []


@given(st.text(st.sampled_from('[]:-"“” .nt1e\n'), max_size=60))
@settings(max_examples=150, deadline=None)
def test_any_text_is_read(text: str) -> None:
    """Whatever is delivered, its citations are found or not, and nothing breaks."""
    assert all(each.text.startswith("[") for each in find_citations(text, SOURCES))


def delivering(text: str) -> str:
    """A turn that delivers the text."""
    return reply("assistant", f"So:\n<result>\n{text}\n</result>")


async def test_an_unresolved_citation_is_told(tmp_path: Path) -> None:
    """It stands in the log and the view; the user agent and the judge are told; it blocks nothing."""
    said = 'Corva is cheapest: "Corva asks 12 euros" [note.txt:1], Arno asks 15 [note.txt:9].'
    run = await play(
        tmp_path,
        *(reply("user", ASK), delivering(said), reply("judge", NOT_DONE)),
        *(
            reply("user", "Mend the citation."),
            delivering("Corva is the cheapest [note.txt:1]."),
            reply("judge", DONE),
        ),
        sources=[NOTE],
    )
    assert run.ending.outcome == "done"
    first, second = (turn for turn in run.of(ev.TurnCompleted) if turn.role == "assistant")
    assert [(each.text, each.why) for each in first.citations] == [
        ("[note.txt:1]", ""),
        ("[note.txt:9]", "note.txt has 5 lines"),
    ]
    assert [each.why for each in second.citations] == [""]
    told = run.asked("user")[1]["messages"][-1]["content"]
    assert "- [note.txt:9]: note.txt has 5 lines" in told
    judged = run.asked("judge")[0]["messages"][-1]["content"]
    assert "found to hold: 1 of 2.\n[note.txt:9]: note.txt has 5 lines." in judged
    view = RunView()
    for record in read_strict(run.log):
        view.apply(record)
    assert any("[note.txt:9] does not hold" in getattr(item, "text", "") for item in view.items)


async def test_a_grounded_run_is_done_when_every_citation_holds(tmp_path: Path) -> None:
    """Grounded, that each citation resolves and that there is one is a criterion which a program decides."""
    assignment = replace(make_assignment(sources=[NOTE]), grounded=True)
    run = await play(
        tmp_path,
        *(reply("user", ASK), delivering("Corva is the cheapest."), reply("judge", DONE)),
        *(reply("user", "Cite it."), delivering("Corva is the cheapest [note.txt:7]."), reply("judge", DONE)),
        *(
            reply("user", "Cite well."),
            delivering("Corva is the cheapest [note.txt:1]."),
            reply("judge", DONE),
        ),
        assignment=assignment,
    )
    assert run.ending.outcome == "done"
    found = run.of(ev.CheckFinished)
    assert [each.passed for each in found] == [False, False, True]
    assert "cites no source" in found[0].reason
    assert "1 of 1 citations do not hold. [note.txt:7]: note.txt has 5 lines." in found[1].reason
    assert len(run.of(ev.VerdictOverruled)) == 2
    (header,) = run.of(ev.RunStarted)
    assert header.settings["grounded"] is True


def test_without_sources_nothing_is_grounded() -> None:
    """A pair that asks for it does so only where there are sources."""
    assert replace(make_assignment(), grounded=True).every_check == ()
