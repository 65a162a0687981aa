"""What a run is doing, in a few words."""

from typing import Literal

from duologue.messages import RoleName
from duologue.record.draft import Draft
from duologue.record.steered import Steered
from duologue.record.view import RunView
from duologue.tui.amounts import clock
from duologue.tui.player import Player

Mode = Literal["live", "watch", "replay"]
"""This process runs it, another one does, or it is played from its log."""


def doing(view: RunView, draft: Draft | None, *, live: bool) -> str:
    """The outcome where there is one; else who does what."""
    if view.ending is not None:
        return view.outcome
    if not live:
        return "interrupted"
    if view.steered.waits:
        return _waiting(view.steered)
    turn = view.current
    if turn is not None:
        return _writing(turn.role, draft)
    if draft is not None and draft.purpose == "criteria":
        return "setting criteria"
    judging = view.judging or (draft is not None and draft.purpose in ("verdict", "appeal"))
    return "judging" if judging else "starting" if not view.items else "between turns"


def _waiting(steered: Steered) -> str:
    if steered.asked is not None:
        return "waiting for an answer"
    return "paused" if steered.paused else "waiting for a review"


def _writing(role: RoleName, draft: Draft | None) -> str:
    if draft is not None and draft.purpose == "summary":
        return f"{role} is summing up"
    if draft is None or draft.purpose != "turn":
        return f"waiting for {role}"
    return f"{role} is {'writing' if draft.text else 'thinking'}"


def playing(player: Player) -> str:
    """Whether it plays, and how fast."""
    return f"{'▶' if player.playing else '∥'} replay {player.speed:g}×"


def place(player: Player) -> tuple[str, str]:
    """Where in the recording it is: by turns, by time."""
    turns = f"turn {player.turn}/{player.turns}"
    return turns, f"{clock(player.position_s)}/{clock(player.duration_s)}"
