"""llama.cpp's own HTTP server in a process of its own.

Run as a program (`python -m tests.servers.llamacpp MODEL.gguf`) it prints its base URL when it is ready
and stops when its standard input closes, so that it cannot outlive the test that started it.
"""

import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

MODEL_NAME: Final = "noise"
_ROOT: Final = Path(__file__).parents[2]
_STOP_S: Final = 10.0


@contextmanager
def serving(model: Path, log: Path) -> Iterator[str]:
    """The base URL of a server of this model, while the context lasts; its diagnostics go to `log`."""
    command = [sys.executable, "-m", __name__, str(model)]
    with log.open("wb") as diagnostics:
        process = subprocess.Popen(
            command, cwd=_ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=diagnostics
        )
    with process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            url = process.stdout.readline().decode().strip()
            assert url, f"llama.cpp did not start: {log.read_text('utf-8', 'replace')[-2000:]}"
            yield url
        finally:
            process.stdin.close()
            try:
                process.wait(_STOP_S)
            except subprocess.TimeoutExpired:
                process.kill()


def main(model: str) -> None:
    """Serve the model until standard input closes."""
    import xllamacpp

    parameters = xllamacpp.CommonParams()
    parameters.model.path = model
    parameters.model_alias = {MODEL_NAME}
    parameters.hostnames = ["127.0.0.1"]
    parameters.port = 0
    parameters.n_ctx = 0  # as trained
    parameters.n_parallel = 1
    parameters.n_gpu_layers = 0
    parameters.cpuparams.n_threads = parameters.cpuparams_batch.n_threads = 1
    parameters.use_jinja = True
    parameters.warmup = False
    parameters.verbosity = 0
    server = xllamacpp.Server(parameters)
    print(f"{server.listening_address}/v1", flush=True)
    closed = threading.Event()
    threading.Thread(target=lambda: (sys.stdin.read(), closed.set()), daemon=True).start()
    closed.wait()


if __name__ == "__main__":
    main(sys.argv[1])
