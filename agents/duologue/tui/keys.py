"""What the keys of a run's screen do, as its help says it."""

from typing import Final

_ALWAYS: Final = {
    "scroll_up scroll_down scroll_page_up scroll_page_down": "scroll; the talk stays put",
    "scroll_follow scroll_bottom": "go to the end and follow it",
    "scroll_top": "go to the goal",
    "scroll_next_turn scroll_previous_turn": "scroll to the next, the previous turn",
    "next_mark previous_mark": "the next, the previous mark: verdicts, guards, failures, interventions",
    "find next_match previous_match": "find words; the next, the previous match",
    "filter": "only the user's turns, the assistant's, verdicts, marks; all again",
    "thoughts tools": "show or fold what was thought aloud; what tools gave. A click does so for one",
    "copy": "copy what is selected, or the turn's Markdown",
    "links": "the turn's links, each with the host it leads to",
    "evidence back_from_evidence": "from a criterion to the words it rests on, and back",
    "criteria": "the criteria in full, with the last word on each",
    "theme": "other colours",
    "commands": "every action by its name",
    "help": "this help; in a dialog, its keys",
    "quit": "leave; a run of this process is parked if you agree",
}
_LIVE: Final = {
    "pause": "pause the run, let it go on",
    "say": "say something to the user agent or the assistant",
    "add_criterion": "add a criterion; also from the list of criteria",
    "limit": "set a limit anew",
    "stop": "stop the run, with a verdict of your own",
    "answer": "answer what the run asks",
    "go_to": "scroll to a turn by its number",
    "turn previous_turn": "the next, the previous turn",
}
_REPLAY: Final = {
    "play": "play, pause",
    "step back": "step to the next, the previous record",
    "turn previous_turn": "the next, the previous turn",
    " ".join(f"tenth_{tenth}" for tenth in range(10)): "go to that tenth of the recording",
    "speed slower": "faster, slower (¼× to 32×)",
    "go_to": "go to a turn by its number",
    "start end": "go to the start, the end",
}
BY_MOUSE: Final = (
    "mouse",
    "drawn over the talk selects, to be copied; escape lets go. With shift, the terminal does it",
)


def meanings(*, replay: bool) -> dict[str, str]:
    """What each action does, by its name, or by the names of several that are told as one."""
    return (_REPLAY if replay else _LIVE) | _ALWAYS
