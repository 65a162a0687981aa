"""Python's garbage collector, which looks through what there is whenever a quarter more was made."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def undisturbed() -> Iterator[None]:
    """Much is made in here that stays to the end of the process, such as the records of a long log. Looking
    through it as it grows finds nothing, and costs as much as making it: the collector waits, and then leaves
    it alone."""
    ran = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        if ran:
            gc.enable()
