"""What every screen of the program has: the person's theme and keys, and the command palette."""

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import ClassVar, Final, Generic, TypeVar

from textual import constants
from textual.app import App
from textual.binding import Binding, BindingType
from textual.command import DiscoveryHit, Hit, Hits, Provider
from textual.dom import DOMNode
from textual.filter import Monochrome, NoColor

from duologue.habits import PLAIN_HABITS, Habits
from duologue.tui.commands import Commands
from duologue.tui.driver import TerminalDriver
from duologue.tui.first_frame import FirstFrame
from duologue.tui.help_table import help_table
from duologue.tui.keymap import keymap, named, spelt
from duologue.tui.overlay import Overlay
from duologue.tui.palette import Palette
from duologue.tui.room import HIGH
from duologue.tui.themes import REGISTERED, after, palette_of, textual_name

R = TypeVar("R")

_OF_DIALOG: Final = ":"
"""In the names of what dialogs of ours do, and not of what every screen does."""
_NOT_OFFERED: Final = ("command_palette",)


@dataclass(frozen=True, slots=True)
class Deed:
    """What a key of the screen does: its name among those that can be set, in words, by which keys, where,
    and how Textual calls it."""

    name: str
    words: str
    keys: str
    node: DOMNode
    action: str


class Deeds(Provider):
    """The actions that a key would do as the palette was opened. None of their words is foreign."""

    async def discover(self) -> Hits:
        """All of them."""
        for deed in self._deeds():
            yield DiscoveryHit(deed.words, self._command(deed), help=deed.keys)

    async def search(self, query: str) -> Hits:
        """Those that answer to what was typed."""
        matcher = self.matcher(query)
        for deed in self._deeds():
            if (score := matcher.match(deed.words)) > 0:
                yield Hit(score, matcher.highlight(deed.words), self._command(deed), help=deed.keys)

    def _deeds(self) -> list[Deed]:
        return self.app.deeds if isinstance(self.app, DressedApp) else []

    def _command(self, deed: Deed) -> Callable[[], Awaitable[bool]]:
        return partial(self.app.run_action, deed.action, deed.node)


class DressedApp(App[R], Generic[R]):
    """An app as the person wants it. Textual hands bindings, palette and themes on by inheritance alone."""

    ENABLE_COMMAND_PALETTE = True
    COMMANDS = {Deeds}  # noqa: RUF012 - as Textual declares it
    PARTS: ClassVar[tuple[type[DOMNode], ...]] = ()
    """The widgets whose keys share the screen with the app's own."""
    DEFAULT_CSS = """
    #_default { overflow: hidden; }
    /* Where there are few lines, a dialog has all of them. */
    ModalScreen.-low > * { width: 100%; max-width: 100%; max-height: 100%; border: none; }
    ModalScreen.-low > Vertical, ModalScreen.-low > Static { border-top: round $primary; }
    ModalScreen.-low > VerticalScroll { border-top: round $primary; border-bottom: round $primary; }
    """
    first_frame: FirstFrame | None = None
    """What stands on the terminal until this screen is painted."""
    BINDINGS: ClassVar[list[BindingType]] = named(
        [
            Binding("ctrl+p", "command_palette", "commands", show=False, priority=True),
            Binding("ctrl+t", "next_theme", "theme", show=False),
            Binding("ctrl+z", "suspend_process", "suspend", show=False),
        ]
    )

    def __init__(self, habits: Habits = PLAIN_HABITS) -> None:
        """Raises ConfigError where the keys collide."""
        # A browser is served by a driver of its own, which the server names.
        super().__init__(driver_class=None if constants.DRIVER else TerminalDriver)
        self.VERTICAL_BREAKPOINTS = [(0, "-low"), (HIGH, "-high")]
        self.deeds: list[Deed] = []
        for theme in REGISTERED:
            self.register_theme(theme)
        if habits.theme is not None:
            self.theme = textual_name(habits.theme)
        if self.no_color:
            self._take_colours_off(habits)
        kinds: list[type[DOMNode]] = [type(self), DressedApp, *self.PARTS]
        mapped = keymap([each for kind in kinds for each in kind.BINDINGS], habits.keys)
        self.set_keymap(mapped | (_in_dialogs(habits) if habits.keys else {}))

    def _take_colours_off(self, habits: Habits) -> None:
        """Textual would draw in greys of its own, which are colours too, on a ground of its own."""
        self._filters = [each for each in self._filters if not isinstance(each, Monochrome)] + [NoColor()]
        if habits.theme is None:
            self.theme = textual_name("terminal")

    @property
    def palette(self) -> Palette:
        """The styles of the theme."""
        return palette_of(self.current_theme)

    def action_command_palette(self) -> None:
        """Show every action of the screen."""
        if len(self.screen_stack) == 1:
            self.deeds = [deed for deed in self.offered() if deed.action not in _NOT_OFFERED]
            self.push_screen(Commands())

    def keys_of(self, name: str) -> list[str]:
        """The keys that the topmost screen has for the action of that name now."""
        return [key for key, active in self.screen.active_bindings.items() if active.binding.id == name]

    def action_keys(self) -> None:
        """Show the keys of the dialog that is open."""
        deeds = [(deed.words, deed.keys) for deed in self.offered() if _OF_DIALOG in deed.name]
        self.push_screen(Overlay("keys", help_table(deeds, {words: words for words, _ in deeds})))

    def offered(self) -> Iterator[Deed]:
        """What the keys of the topmost screen do just now, each with the keys that it has."""
        found: dict[tuple[str, str], tuple[str, DOMNode, list[str]]] = {}
        for node, binding, enabled, _ in self.screen.active_bindings.values():
            if enabled and binding.description:
                place = (binding.description, binding.action)
                known, _, keys = found.get(place, ("", node, []))
                found[place] = known or binding.id or "", node, [*keys, spelt(binding.key)]
        for (words, action), (name, node, keys) in found.items():
            yield Deed(name, words, " ".join(dict.fromkeys(keys)), node, action)

    def action_next_theme(self) -> None:
        """Show the next theme, and say which it is."""
        theme = after(self.theme)
        self.theme = textual_name(theme)
        self.notify(f"theme: {theme}", timeout=2)


def _in_dialogs(habits: Habits) -> dict[str, str]:
    """The keys that are set, as the dialogs have them. Raises ConfigError."""
    from duologue.tui.dialogs import DIALOGS, TYPED  # noqa: PLC0415 - all of them, which seldom are needed

    mapped: dict[str, str] = {}
    for dialog in DIALOGS:
        mapped |= keymap(dialog.BINDINGS, habits.keys, typed=dialog in TYPED)
    return mapped
