"""What importing a part of the program loads: the light commands stay light."""

import subprocess
import sys

import pytest

HEAVY = (
    "genai_prices",
    "inspect_ai",
    "textual",
    "rich",
    "httpx",
    "structlog",
    "pydantic",
    "tenacity",
    "jsonschema",
)


def loaded(statement: str) -> set[str]:
    """The top-level modules that a new process has loaded after the statement."""
    script = f"{statement}\nimport sys\nprint(*sorted({{name.partition('.')[0] for name in sys.modules}}))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=30)
    assert done.returncode == 0, done.stderr
    return set(done.stdout.split("\n")[-2].split())


def test_the_command_is_light() -> None:
    """Loading the command, as `duologue --help` does, loads nothing of weight."""
    assert loaded("import duologue.cli.main").isdisjoint(HEAVY)


@pytest.mark.parametrize(
    ("module", "never"),
    [
        ("duologue.errors", {"pydantic", "httpx", "textual"}),
        ("duologue.messages", {"pydantic", "httpx", "textual"}),
        ("duologue.record.reader", {"httpx", "textual", "click", "structlog"}),
        ("duologue.record.view", {"httpx", "textual", "click", "structlog"}),
        ("duologue.record.runs", {"httpx", "textual", "click", "structlog"}),
        ("duologue.settings", {"httpx", "textual", "click", "structlog"}),
        ("duologue.conversation.launch", {"textual", "jsonschema", "genai_prices"}),
        ("duologue.cli.eval", {"textual", "inspect_ai"}),
        ("duologue.tui.app", {"httpx", "click", "tenacity"}),
        ("duologue.tui.open", {"httpx", "click", "tenacity", "structlog", "markdown_it", "pygments"}),
        ("duologue.tui.first_frame", {"httpx", "click", "pydantic", "textual", "rich"}),
        ("duologue.cli.replay", {"httpx", "tenacity", "structlog", "textual", "rich"}),
        ("duologue.cli.watch", {"httpx", "tenacity", "structlog", "textual", "rich"}),
    ],
)
def test_a_part_loads_only_what_is_its_own(module: str, never: set[str]) -> None:
    """A part of the program does not load the libraries of the others."""
    assert loaded(f"import {module}").isdisjoint(never)


def test_importing_prints_nothing() -> None:
    """Importing does nothing that could be seen."""
    command = [sys.executable, "-W", "error", "-c", "import duologue.cli.main, duologue.conversation.launch"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.parametrize(
    ("url", "needed"), [("http://127.0.0.1:1/v1", False), ("https://api.openai.com", True)]
)
def test_the_list_of_prices_is_loaded_for_hosted_models_alone(url: str, needed: bool) -> None:
    """Pricing what a server on this machine says loads nothing; a hosted model's price is looked up."""
    asked = f"Prices().cost_usd(Usage(1, 1), {url!r}, 'gpt-4o')"
    found = loaded(
        f"from duologue.prices import Prices; from duologue.messages import Usage; assert {asked} is not None"
    )
    assert ("genai_prices" in found) == needed
