"""The person's browser, asked in a process of its own, so that nothing of what it says reaches the screen."""

import subprocess
import sys
from typing import Final

_ASK: Final = "import sys, webbrowser; sys.exit(not webbrowser.open(sys.argv[1], new=2))"
_PATIENCE_S: Final = 3.0


def opened(url: str) -> bool:
    """Open the page; whether a browser took it. One that has not ended by then is taken to show it."""
    asking = subprocess.Popen(
        (sys.executable, "-c", _ASK, url),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        return asking.wait(_PATIENCE_S) == 0
    except subprocess.TimeoutExpired:
        return True
