"""A child process that runs one command after another on its terminal, a line before and after each.

`python tests/hostile/shell.py PLAN`: the plan is a JSON list of [surface, [arguments, …]].
"""

import json
import os
import sys
from pathlib import Path
from typing import Final

BEGIN: Final = "=== begin {} ==="
END: Final = "=== end ==="
ALONE: Final = " on stdout"
"""The end of the name of a surface that is stdout alone."""


def main() -> None:
    """Run the plan."""
    from duologue.cli.dispatch import dispatch

    terminal, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    for surface, commands in json.loads(Path(sys.argv[1]).read_text("utf-8")):
        os.write(1, f"\n{BEGIN.format(surface)}\n".encode())
        os.dup2(nowhere if surface.endswith(ALONE) else terminal, 2)
        for name, *rest in commands:
            sys.argv = ["duologue", name, *rest]
            dispatch(name, rest)
            sys.stdout.flush()
            sys.stderr.flush()
        os.write(1, f"\n{END}\n".encode())


if __name__ == "__main__":
    main()
