"""Optional parts: how to install one beside the program that is running, however that was installed."""

import shlex
import sys
from importlib.util import find_spec


def install_command(extra: str) -> str:
    """The command that installs the extra into the environment of this very program. That one may be a tool's
    own (uv, pipx), which a bare `pip` does not reach; uv's have no pip."""
    python = shlex.quote(sys.executable)
    wanted = f'"duologue[{extra}]"'
    if find_spec("pip") is not None:
        return f"{python} -m pip install {wanted}"
    return f"uv pip install --python {python} {wanted}"
