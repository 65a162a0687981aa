"""Guards: each is raised by the talk it is made for, and silent on work that only looks like it."""

from dataclasses import replace

import pytest
from talk_turns import as_turns

from duologue.conversation.guards import Alarm, look, unfounded_claim
from duologue.conversation.standing import Standing
from duologue.conversation.turn import ToolUse
from duologue.messages import RoleName
from duologue.record.events import VerdictGiven
from duologue.record.parts import CriterionState, CriterionVerdict, Decision

ASK = "List the three cheapest suppliers of the offer with their yearly cost in euros."
LONG = "The offer names seven suppliers, and three of them cost less than ten thousand euros a year in all."


def result(text: str) -> str:
    """The text, delivered."""
    return f"<result>\n{text}\n</result>"


RAISED = {
    "empty answer": ((ASK, "  \n"), ("empty turn", "assistant")),
    "empty instruction": (("", "What shall I do?"), ("empty turn", "user")),
    "user delivers": ((result("Corva"), "Good."), ("role flip", "user")),
    "user speaks as assistant": (("Assistant: here you are", "Good."), ("role flip", "user")),
    "assistant claims": ((ASK, "Well.\n<goal-reached/>"), ("role flip", "assistant")),
    "assistant gives up for the user": (
        (ASK, "<goal-impossible>no</goal-impossible>"),
        ("role flip", "assistant"),
    ),
    "assistant speaks as user": ((ASK, "User: now list them"), ("role flip", "assistant")),
    "instruction again": ((ASK, "Which offer?", ASK, LONG), ("repetition", "user")),
    "instruction again, nearly": (
        (LONG, "Which offer?", LONG.replace("in all.", "in all!"), "So."),
        ("repetition", "user"),
    ),
    "instruction again, later": ((ASK, "a", "b", "c", "d", "e", ASK, "f"), ("repetition", "user")),
    "answer again": ((ASK, LONG, "More detail, please.", LONG), ("repetition", "assistant")),
    "result again": (
        (ASK, result("Corva"), "Make it longer.", result("Corva")),
        ("repetition", "assistant"),
    ),
    "echo": ((ASK, ASK), ("echo", "assistant")),
    "echo with a word more": ((ASK, f"Yes. {ASK}"), ("echo", "assistant")),
    "thanks and thanks": (
        ("Thank you so much!", "You're welcome, and thank you!"),
        ("mutual courtesies", "assistant"),
    ),
    "farewells": (("Danke, auf Wiedersehen.", "Gern geschehen!"), ("mutual courtesies", "assistant")),
    "thanks in Chinese": (("谢谢!", "不客气,再见。"), ("mutual courtesies", "assistant")),
    "promise": ((ASK, "Sure, I will prepare the list right away."), ("promise without work", "assistant")),
    "promise, typeset": ((ASK, "I’ll get back to you."), ("promise without work", "assistant")),
    "assent again after work": (
        (ASK, LONG, "List the fees.", "Okay.", "List the taxes.", "Sure."),
        ("promise without work", "assistant"),
    ),
    "promise in German": ((ASK, "Einen Moment, ich werde das tun."), ("promise without work", "assistant")),
}
SILENT = {
    "work": (ASK, result("Corva 10 €\nArno 11 €\nBelt 12 €")),
    "a question": (ASK, "Which of the two offers do you mean?"),
    "continue": ("Continue.", LONG, "Continue.", result("Corva"), "Continue.", result("Arno")),
    "short instructions alike": ("Part one, please.", LONG, "Part two, please.", result("Corva")),
    "corrected result": (
        ASK,
        result(f"{LONG} Corva, Arno and Belt are the cheapest of them all."),
        "Correct the third name.",
        result(f"{LONG} Corva, Arno and Delt are the cheapest of them all."),
    ),
    "result after a draft": (ASK, LONG, "Deliver it as the result.", result(LONG)),
    "proofreading": (f"Proofread this: {LONG}", result(LONG)),
    "thanks in the result": ("Write a thank-you note.", result("Thank you, and goodbye!")),
    "one thanks": ("Thanks. Now list the suppliers.", "There are Corva, Arno and Belt."),
    "announced and done": (ASK, f"I will list them.\n{result('Corva')}"),
    "long text with a promise": (ASK, f"I will go through the offer. {LONG * 4}"),
    "mention of a tag": ("Put it between <result> and </result>.", result("Corva")),
    "claim": ("<goal-reached/>",),
    "claim again": ("List them.", result("Corva"), "<goal-reached/>"),
    "announced at length and done": (
        ASK,
        f"I will prepare it right away. I will send it at once. I will do it now.\n{result('Corva')}",
    ),
    "a promise of the user's": ("I will send you the offer right away.",),
    "a promise that waits for an answer": (ASK, "I will do it. Which offer do you mean?"),
    "an answer shown again": (ASK, LONG, LONG, result("Corva")),
    "one word, many times": (ASK, "Arno? No. Belt? No. Delt? No. No. No."),
    "thanks at the beginning": ("Thank you so much!",),
    "thanks for taking note": ("The offer comes at noon.", "Okay.", "Thank you!", "You're welcome!"),
    "work between assents": (
        ASK,
        "Which offer?",
        "Okay.",
        result("Corva"),
        "Great.",
        "Which one is next?",
        "Fine.",
    ),
    "list of users": ("List the roles.", result("User: reads\nAdmin: writes")),
}


@pytest.mark.parametrize(("texts", "alarm"), RAISED.values(), ids=RAISED.keys())
def test_raised(texts: tuple[str, ...], alarm: tuple[str, RoleName]) -> None:
    """A talk that goes wrong raises the guard made for it, on the role that went wrong."""
    found = look(as_turns(*texts), 2)
    assert alarm in [(one.guard, one.role) for one in found]
    assert all(one.reason.endswith(".") for one in found)


@pytest.mark.parametrize("texts", SILENT.values(), ids=SILENT.keys())
def test_silent(texts: tuple[str, ...]) -> None:
    """Work, however brief or like what came before, raises nothing."""
    turns = as_turns(*texts)
    for until in range(1, len(turns) + 1):
        assert look(turns[:until], 1) == []


@pytest.mark.parametrize(
    "texts", [("Thank you!", "You're welcome!"), (ASK, "Sure, I will prepare the list right away.")]
)
def test_what_a_tool_did_is_work(texts: tuple[str, str]) -> None:
    """Manners and promises beside a tool that did something raise nothing; beside one that failed they do."""
    asked, answered = as_turns(*texts)
    for ok in (True, False):
        use = ToolUse("shell", "{}", "Nothing was found.", ok=ok)
        assert bool(look([asked, replace(answered, uses=(use,))], 1)) is not ok


def test_the_assistant_is_not_blamed_for_instructions_that_are_none() -> None:
    """What the user agent failed to say is an alarm of its own turn, and none of the answer's."""
    turns = as_turns(
        ASK,
        "Which offer?",
        "Okay.",
        "Which offer is it?",
        "Great.",
        "Which of them?",
        "Fine.",
        "Which one, then?",
    )
    assert [(alarm.guard, alarm.role) for alarm in look(turns, 2)] == [("no instruction", "user")]


def test_only_new_turns_are_looked_at() -> None:
    """An alarm of an earlier exchange is not raised again."""
    turns = as_turns(ASK, ASK, "Name the cheapest of them.", result("Corva"))
    (alarm,) = look(turns[:2], 2)
    assert alarm.reason.startswith("The assistant only repeats the instruction: 100% of the answer")
    assert look(turns, 2) == []


def test_one_alarm_a_turn() -> None:
    """A turn that is wrong in several ways raises the first of them."""
    turns = as_turns(ASK, "User: thanks, I will wait.")
    assert look(turns, 2) == [
        Alarm("role flip", "assistant", "The assistant speaks as if it were the user agent.")
    ]


def verdict(decision: Decision, state: CriterionState) -> VerdictGiven:
    """A verdict on one criterion."""
    word = CriterionVerdict(id="c1", state=state)
    return VerdictGiven(turn=1, decision=decision, summary="", criteria=[word])


@pytest.mark.parametrize(
    ("text", "given", "raised"),
    [
        ("<goal-reached/>", verdict("continue", "unmet"), True),
        ("<goal-reached/>", verdict("done", "unknown"), True),
        ("<goal-reached/>", verdict("done", "met"), False),
        ("<goal-reached/>", None, False),
        ("<goal-impossible>no</goal-impossible>", verdict("continue", "unmet"), False),
        ("Go on.", verdict("continue", "unmet"), False),
    ],
)
def test_unfounded_claim(text: str, given: VerdictGiven | None, raised: bool) -> None:
    """A claim of the user agent's that the judge does not find so raises a guard; other words do not."""
    delivered = as_turns(ASK, result("Corva"))[-1]
    found = unfounded_claim(as_turns(text), Standing("7f3a", result=delivered, verdict=given))
    assert [alarm.guard for alarm in found] == (["unfounded claim"] if raised else [])


def test_claim_with_nothing_delivered() -> None:
    """A claim has no basis where nothing was delivered, whatever a verdict says of it."""
    (alarm,) = unfounded_claim(as_turns("<goal-reached/>"), Standing("7f3a", verdict=verdict("done", "met")))
    assert (
        alarm.reason == "The user agent claims that the goal is reached, and nothing has been delivered yet."
    )
