"""The two lines at the top: the goal, and who does what."""

from dataclasses import dataclass
from typing import Final

from rich.text import Text
from textual.reactive import reactive
from textual.widget import Widget

from duologue.display import one_line
from duologue.messages import RoleName
from duologue.record.items import TurnItem
from duologue.record.view import RunView
from duologue.tui.themes import palette_of

_BETWEEN: Final = " · "
_LEAST: Final = 12
"""A longer fact may be clipped down to this many columns."""


@dataclass(frozen=True, slots=True)
class Headline:
    """What the header says; foreign words are made safe when they are drawn.

    `facts` follow the state in the order of their worth, as many as there is room for.
    """

    goal: str = ""
    title: str = ""
    state: str = ""
    notice: str = ""
    facts: tuple[str, ...] = ()


class Header(Widget):
    """Shows a headline, clipped to the width; the state is what gives way last."""

    DEFAULT_CSS = """
    Header { height: 2; padding: 0 1; background: $panel; color: $foreground; }
    """
    headline: reactive[Headline] = reactive(Headline())

    def render(self) -> Text:
        """The goal with the title, then the state with pair, models and time."""
        width, said = self.size.width, self.headline
        return Text("\n").join([self._goal(said, width), self._state(said, width)])

    def _goal(self, said: Headline, width: int) -> Text:
        title = one_line(said.title, max(width // 3, 0)) if width >= 60 else ""
        room = width - len(title) - 2 if title else width
        line = Text(one_line(said.goal or "…", room), no_wrap=True)
        line.stylize("bold")
        gap = " " * max(width - line.cell_len - len(title), 1)
        return line.append(gap + title, "dim") if title else line

    def _state(self, said: Headline, width: int) -> Text:
        palette = palette_of(self.app.current_theme)
        state = one_line(said.state, width)
        line = Text(state, style=palette.strong, no_wrap=True)
        for fact, style in ((said.notice, palette.warn), *((fact, palette.faint) for fact in said.facts)):
            room = width - line.cell_len - len(_BETWEEN)
            if fact and room >= min(len(fact), _LEAST):
                line.append(_BETWEEN, palette.faint).append(one_line(fact, room), style)
        return line


def models(view: RunView) -> str:
    """The models that the two agents last spoke with, once where they are the same."""
    found: dict[RoleName, str] = {}
    for item in reversed(view.items):
        if isinstance(item, TurnItem) and item.model:
            found.setdefault(item.role, item.model)
        if len(found) == 2:
            break
    return " ⇄ ".join(dict.fromkeys(found[role] for role in ("user", "assistant") if role in found))
