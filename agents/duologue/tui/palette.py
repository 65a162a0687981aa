"""The styles that blocks are painted in. Each is always joined by a word or a sign, never alone."""

from dataclasses import dataclass
from typing import Final

from rich.style import Style

from duologue.messages import RoleName
from duologue.record.parts import CriterionState

FOUND: Final = Style(reverse=True)
"""Words that were looked for."""
SIGNS: Final[dict[CriterionState, str]] = {"met": "✓", "unmet": "✗", "unknown": "?"}


@dataclass(frozen=True, slots=True)
class Palette:
    """Styles by what they mean; `code` names a Pygments theme."""

    user: Style
    assistant: Style
    judge: Style
    good: Style
    bad: Style
    warn: Style
    code: str
    faint: Style
    strong: Style

    def role(self, role: RoleName) -> Style:
        """The style of who speaks."""
        return {"user": self.user, "assistant": self.assistant, "judge": self.judge}[role]

    def state(self, state: CriterionState) -> Style:
        """The style of a criterion's standing."""
        return {"met": self.good, "unmet": self.bad, "unknown": self.faint}[state]


DARK: Final = Palette(
    user=Style(color="#5fafff"),
    assistant=Style(color="#d7afff"),
    judge=Style(color="#ffd787"),
    good=Style(color="#87d787"),
    bad=Style(color="#ff8787"),
    warn=Style(color="#ffaf5f"),
    code="monokai",
    faint=Style(dim=True),
    strong=Style(bold=True),
)
LIGHT: Final = Palette(
    user=Style(color="#005faf"),
    assistant=Style(color="#875faf"),
    judge=Style(color="#875f00"),
    good=Style(color="#008700"),
    bad=Style(color="#af0000"),
    warn=Style(color="#af5f00"),
    code="friendly",
    faint=Style(dim=True),
    strong=Style(bold=True),
)
