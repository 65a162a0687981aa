"""What comes into a field: what is typed or pasted there, made safe before it stands in it."""

from typing import Final

from textual.events import Key, Paste

from duologue.display import MOST_MARKS, display_safe

_DELETE: Final = "\x7f"


def typed(key: Key, before: str) -> str | None:
    """What the key brings in after what stands `before` the cursor; None where it is a key and no text. What
    it brings in is not taken in by anything else.

    A terminal sends any character as a key. One that acts or hides comes in as its mark, as if it were
    pasted; one that Textual would leave out, as it is not printed, but that writing needs, comes in too:
    wide and unbroken spaces, joiners. The controls of ASCII are keys.
    """
    character = key.character
    if character is None or character < " " or character == _DELETE:
        return None
    key.stop()
    key.prevent_default()
    return _after(before, character)


def pasted(paste: Paste, before: str) -> str:
    """What the paste brings in."""
    return _after(before, paste.text.replace("\r\n", "\n").replace("\r", "\n"))


def _after(before: str, text: str) -> str:
    # So many characters decide on what follows them: accents in a heap, what joins and varies. Of what the
    # first of them follow nothing is known here: they may be marked, and count as they are then.
    near = before[-MOST_MARKS:]
    stood, safe = display_safe(near), display_safe(near + text)
    return safe[len(stood) :] if safe.startswith(stood) else display_safe(text)
