"""How a person wants the screens: colours and keys. Only names and values, so that reading the config file
loads no screen."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal, get_args

Theme = Literal["dark", "light", "contrast", "terminal"]
"""`contrast` is black and white with strong colours, `terminal` uses the terminal's own colours."""

THEMES: Final[tuple[Theme, ...]] = get_args(Theme)

Action = Literal[
    "help",
    "quit",
    "commands",
    "theme",
    "suspend",
    "open",
    "filter",
    "clear",
    "sort",
    "resume",
    "fork",
    "mark",
    "compare",
    "export",
    "delete",
    "folder",
    "by_criterion",
    "next_difference",
    "previous_difference",
    "unfold",
    "play",
    "step",
    "back",
    "turn",
    "previous_turn",
    "speed",
    "slower",
    "go_to",
    "pause",
    "say",
    "add_criterion",
    "limit",
    "stop",
    "answer",
    "criteria",
    "find",
    "next_match",
    "previous_match",
    "next_mark",
    "previous_mark",
    "copy",
    "links",
    "evidence",
    "back_from_evidence",
    "tools",
    "thoughts",
    "start",
    "end",
    "tenth_0",
    "tenth_1",
    "tenth_2",
    "tenth_3",
    "tenth_4",
    "tenth_5",
    "tenth_6",
    "tenth_7",
    "tenth_8",
    "tenth_9",
    "scroll_up",
    "scroll_down",
    "scroll_page_up",
    "scroll_page_down",
    "scroll_top",
    "scroll_bottom",
    "scroll_follow",
    "scroll_next_turn",
    "scroll_previous_turn",
    "close",
    "yes",
    "no",
    "choose",
    "choose_next",
    "choose_previous",
    "next_choice",
    "erase",
    "send",
    "new_line",
    "change",
    "drop",
    "approve",
    "deny",
]
"""What a key can be set for in the config file's `[keys]`."""

ACTIONS: Final[tuple[Action, ...]] = get_args(Action)


@dataclass(frozen=True, slots=True)
class Habits:
    """`theme` is None where the program chooses; `keys` are the keys of actions, several parted by commas."""

    theme: Theme | None = None
    keys: Mapping[Action, str] = field(default_factory=dict)


PLAIN_HABITS: Final = Habits()
"""Nothing is said."""
