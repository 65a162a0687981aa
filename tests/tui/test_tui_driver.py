"""Writing to a terminal that may be gone."""

import io

from duologue.tui.app import RunApp
from duologue.tui.driver import Hearer, TerminalDriver
from duologue.tui.player import Player


class Gone(io.StringIO):
    """A terminal that was closed."""

    def write(self, text: str) -> int:
        """Fails as a closed terminal does."""
        raise OSError(5, "Input/output error")

    def flush(self) -> None:
        """Fails likewise."""
        raise OSError(5, "Input/output error")


def test_a_closed_terminal_is_no_fault() -> None:
    """What is written to it is lost, and nothing else is."""
    hearer = Hearer(Gone())
    assert hearer.write("abc") == 3
    hearer.flush()


def test_an_open_terminal_hears_everything() -> None:
    """What is written arrives."""
    terminal = io.StringIO()
    hearer = Hearer(terminal)
    hearer.write("abc")
    hearer.flush()
    assert terminal.getvalue() == "abc"


def test_the_screen_writes_so() -> None:
    """Every screen of the program uses it."""
    assert RunApp(Player([]), mode="replay").driver_class is TerminalDriver
