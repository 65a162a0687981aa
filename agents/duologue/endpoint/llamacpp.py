"""The program around llama.cpp's own HTTP server: `python -m duologue.endpoint.llamacpp`.

A process of its own, because loading holds Python's interpreter lock from beginning to end, because ending
the server waits without end for a reply that is under way, and because a model file may abort the process
that reads it. It reads its orders as one line of JSON from standard input, so that the key stands on no
command line, prints the server's address when the model is loaded, and ends when standard input closes.
"""

import json
import os
import sys
from typing import Any

import xllamacpp


def main() -> None:
    """Serve until nobody wants it any more."""
    orders = json.loads(sys.stdin.readline())
    parameters = _parameters(xllamacpp.CommonParams(), orders)
    try:
        server = xllamacpp.Server(parameters)
    except RuntimeError as exc:
        sys.stderr.write(f"{exc}\n")
        sys.stderr.flush()
        os._exit(1)
    sys.stdout.write(f"{server.listening_address}\n")
    sys.stdout.flush()
    sys.stdin.read()
    # Not through the server's own end, which waits for a reply that is under way.
    os._exit(0)


def _parameters(parameters: Any, orders: dict[str, Any]) -> Any:
    parameters.model.path = orders["path"]
    parameters.model_alias = set(orders["names"])
    parameters.hostnames = ["127.0.0.1"]
    parameters.port = 0
    parameters.api_keys = [orders["key"]]
    parameters.n_parallel = orders["slots"]
    parameters.n_ctx = orders["context_tokens"] * orders["slots"]
    parameters.n_gpu_layers = orders["gpu_layers"]
    parameters.cpuparams.n_threads = parameters.cpuparams_batch.n_threads = orders["threads"]
    # Each role keeps the slot that holds its talk: nothing is moved to a cache beside it.
    parameters.cache_prompt = True
    parameters.cache_ram_mib = 0
    parameters.use_jinja = True
    parameters.warmup = False
    parameters.offline = True
    parameters.ui = False
    parameters.endpoint_slots = False
    parameters.verbosity = 1
    return parameters


if __name__ == "__main__":
    main()
