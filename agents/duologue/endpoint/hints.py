"""What a person can do about each way in which an endpoint fails, where nothing more exact is known."""

from collections.abc import Mapping
from typing import Final

from duologue.errors import EndpointFault

HINTS: Final[Mapping[EndpointFault, str]] = {
    "dns": "Check the host name in the base URL and this machine's network.",
    "refused": "Is a server listening there?",
    "tls": "If the server has its own certificate authority, name it in SSL_CERT_FILE.",
    "proxy": "Check HTTP_PROXY, HTTPS_PROXY, ALL_PROXY and NO_PROXY in the environment.",
    "not_local": "The run is local only: name a server on this machine, or say --no-local-only.",
    "connection": "Check that the server is up and the network works, then resume the run.",
    "auth": "Check the API key that is set for this endpoint.",
    "payment": "Top up the account, then resume the run.",
    "quota": "Raise the quota or wait for it to renew, then resume the run.",
    "rate": "Resume the run when the endpoint has had a rest.",
    "overload": "Resume the run when the endpoint is less busy.",
    "loading": "Resume the run when the model is loaded, or raise first_token under [clocks].",
    "server": "Look into the server's own log, then resume the run.",
    "not_found": "Check the base URL (most end in /v1) and the model's name.",
    "redirect": "Set the base URL to the address that the server redirects to, if you trust it.",
    "bad_request": "Check the model's name and the request fields that you set.",
    "overflow": "Use a model with a larger context window, or give its size with --context.",
    "too_large": "Give less with the goal, or use an endpoint that takes larger requests.",
    "bad_reply": "Does the base URL lead to an OpenAI-compatible API? Most end in /v1.",
    "broken_stream": "Resume the run; if it happens again, look into the server's own log.",
    "empty": "Some servers say nothing when the prompt exceeds the model's context: look into their log.",
    "timeout": "For a slow model raise first_token, idle or total under [clocks] in the config file.",
}
"""One sentence for every kind of fault."""


def waiting(seconds: float) -> str:
    """What to do when a server asks to be left alone for so many seconds."""
    length = f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.0f} minutes"
    return f"It asks to be left alone for {length if seconds < 7200 else f'{seconds / 3600:.0f} hours'}."
