"""The keys, as the help shows them."""

from typing import Final

from rich.table import Table

_ALWAYS: Final = (
    ("↑ ↓ PgUp PgDn", "scroll; the talk stays put"),
    ("G ctrl+end", "go to the end and follow it"),
    ("ctrl+home", "go to the goal"),
    ("J K", "scroll to the next, the previous turn"),
    ("} {", "the next, the previous mark: verdicts, guards, failures, interventions"),
    ("/ n N", "find words; the next, the previous match"),
    ("f", "only the user's turns, the assistant's, verdicts, marks; all again"),
    ("r t", "show or fold what was thought aloud; what tools gave. A click does so for one"),
    ("y", "copy what is selected, or the turn's Markdown"),
    ("o", "the turn's links, each with the host it leads to; enter opens one"),
    ("e backspace", "from a criterion to the words it rests on, and back"),
    ("c", "the criteria in full, with the last word on each"),
    ("mouse", "drawn over the talk selects, for y; esc lets go. With shift, the terminal does it"),
    ("? h F1", "this help"),
    ("q ctrl+c", "leave; a run of this process is parked if you agree"),
)
_LIVE: Final = (
    ("space", "pause the run, let it go on"),
    ("s", "say something to the user agent or the assistant"),
    ("a", "add a criterion; also from the list that c shows"),
    ("l", "set a limit anew"),
    ("x", "stop the run, with a verdict of your own"),
    ("enter", "answer what the run asks"),
    ("home end", "go to the goal; follow the end"),
    ("g", "scroll to a turn by its number"),
)
_REPLAY: Final = (
    ("space", "play, pause"),
    ("→ ← . ,", "step to the next, the previous record"),
    ("] [", "the next, the previous turn"),
    ("0 to 9", "go to that tenth of the recording"),
    ("+ -", "faster, slower (¼× to 32×)"),
    ("g", "go to a turn by its number"),
    ("home end", "go to the start, the end"),
)
_COLUMN: Final = 13


def help_text(*, replay: bool) -> Table:
    """A key a line."""
    grid = Table.grid(padding=(0, 1, 0, 0))
    grid.add_column(width=_COLUMN, style="bold")
    grid.add_column()
    for keys, meaning in (*(_REPLAY if replay else _LIVE), *_ALWAYS):
        grid.add_row(keys, meaning)
    return grid
