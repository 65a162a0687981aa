"""Texts as the turns of a talk."""

from duologue.conversation.result import find_claim, find_result
from duologue.conversation.turn import Turn
from duologue.messages import RoleName
from duologue.record.parts import Span


def as_turns(*texts: str) -> list[Turn]:
    """Turns of user and assistant by turns, read as the loop reads them."""
    turns = []
    for number, text in enumerate(texts, 1):
        role: RoleName = "user" if number % 2 else "assistant"
        found = find_result(text) if role == "assistant" else None
        span = None if found is None else Span(completion=1, start=found[0], end=found[1])
        turns.append(Turn(number, role, text, span, find_claim(text) if role == "user" else None))
    return turns
