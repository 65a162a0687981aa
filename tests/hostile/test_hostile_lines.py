"""Every command that prints: hostile words in logs, names, paths and arguments, on a real terminal."""

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from tests.hostile import runs as samples
from tests.hostile.endpoint import hostile_endpoint
from tests.hostile.recogniser import DATA, PLAIN, controls, faults, nonces
from tests.hostile.shell import ALONE, BEGIN, END
from tests.hostile.strings import hostile_strings
from tests.hostile.terminal import on_terminal

pytestmark = pytest.mark.timeout(240)
STRINGS = hostile_strings()
MANY = 5000
SHELL = Path(__file__).with_name("shell.py")
TYPED = [word for word in STRINGS if not re.search("[\0\ud800-\udc7f\udd00-\udfff]", word)]
"""Those that a system can hand over as an argument: no NUL, and of surrogates those that stand for bytes."""
WRITTEN = [word for word in STRINGS if not re.search("[\0\ud800-\udfff]", word)]
"""Those that a file can hold."""
Commands = Sequence[Sequence[str]]


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two long runs with all the words."""
    folder = tmp_path_factory.mktemp("hostile")
    samples.save(folder / "run", list(samples.talk(STRINGS)))
    samples.save(folder / "fork", list(samples.talk(STRINGS[::-1])))
    return folder


@pytest.fixture
def folder(saved: Path, tmp_path: Path) -> Path:
    """The same, and a shelf of small runs that may be altered."""
    (tmp_path / "one").symlink_to(saved)
    samples.shelf(tmp_path / "runs", STRINGS)
    return tmp_path


def printed(folder: Path, plan: Sequence[tuple[str, Commands]], **environment: str) -> dict[str, bytes]:
    """What each surface printed on the terminal."""
    path = folder / "plan.json"
    path.write_text(json.dumps(plan), "utf-8")
    settings = {"HOME": str(folder), "XDG_CONFIG_HOME": str(folder), "DUOLOGUE_RUNS": str(folder / "runs")}
    with on_terminal([SHELL, path], 1000, 50, **settings, **environment) as terminal:
        seen = terminal.wait_for(END.encode(), times=len(plan))
    found = {}
    for surface, _ in plan:
        _, _, rest = seen.partition(f"\n{BEGIN.format(surface)}\n".encode())
        found[surface] = rest.partition(f"\n{END}\n".encode())[0]
    return found


def packed(*before: str, prefix: str = "", words: Sequence[str] = TYPED) -> Commands:
    """The command with as many of the words as an argument may hold, again and again."""
    return [[*before, prefix + " ".join(words[at : at + 700])] for at in range(0, len(words), 700)]


def check(found: dict[str, bytes], few: Mapping[str, int]) -> None:
    """Nothing acted, and of each surface as many strings can be read as there is room for."""
    told = {surface: (len(nonces(seen, PLAIN)), faults(seen, PLAIN)[:5]) for surface, seen in found.items()}
    assert not {surface: wrong for surface, (_, wrong) in told.items() if wrong}
    assert not {surface: count for surface, (count, _) in told.items() if count < few.get(surface, MANY)}


def test_no_run_prints_a_hostile_byte(folder: Path) -> None:
    """Commands that print runs for people: all five thousand strings can be read, and none acts."""
    one, fork = str(folder / "one" / "run"), str(folder / "one" / "fork")
    some = sorted(each.name for each in (folder / "runs").iterdir())[:40]
    plan: list[tuple[str, Commands]] = [
        ("show", [["show", one]]),
        ("watch", [["watch", one, "--plain"]]),
        ("compare", [["compare", one, fork, "--plain"]]),
        ("markdown", [["export", one, "--format", "md"]]),
        ("page", [["export", one, "--format", "html"]]),
        ("ls", [["ls"]]),
        ("tree", [["ls", "--tree"]]),
        ("found", [["ls", "--grep", "zq00"]]),
        ("verify", [["verify", name] for name in some]),
        ("repair", [["repair", name] for name in some]),
        ("compress", [["compress", name] for name in some]),
        ("rm", [["rm", "--yes", *some]]),
    ]
    check(printed(folder, plan), {"found": 200, "verify": 30, "repair": 30, "compress": 30, "rm": 40})


def test_no_complaint_prints_a_hostile_byte(folder: Path) -> None:
    """What is wrong with arguments, names and files is said with all of them, and none acts."""
    # What could be a password or a key in an address is left out of what is said of it.
    names = [re.sub("[@?#]", "", word) for word in TYPED]
    plan: list[tuple[str, Commands]] = [
        ("run", packed("show")),
        ("command", packed()),
        ("option", packed("show", prefix="--", words=[word.replace("=", "") for word in TYPED])),
        ("value", packed("show", "--turn")),
        ("argument", packed("show", "a")),
        ("pair", packed("roles")),
        ("source", packed("run", "goal", "--base-url", "http://127.0.0.1:9", "-m", "m", "--source")),
        ("check", packed("run", "goal", "--base-url", "http://127.0.0.1:9", "-m", "m", "--check")),
        ("time", packed("ls", "--since")),
        ("nothing found", packed("ls", "--pair")),
        ("address", packed("run", "goal", "-m", "m", "--base-url", words=names)),
        ("control", packed("control", str(folder / "one" / "run"), "limit", "turns")),
        ("setting", packed("run", "goal", "--base-url", "http://127.0.0.1:9", "-m", "m", "--set")),
        ("suite", packed("eval")),
        ("output", packed("run", "goal", "--base-url", "http://127.0.0.1:9", "-m", "m", "--output")),
        ("import", packed("import")),
    ]
    check(printed(folder, plan), {"nothing found": 0})


def test_no_answer_prints_a_hostile_byte(folder: Path) -> None:
    """A whole run, a pair and an endpoint of hostile words."""
    scenario, pair = folder / "scenario.toml", folder / "pair"
    _write_scenario(scenario, WRITTEN)
    _write_pair(pair, WRITTEN)
    scripted = ["--scenario", str(scenario), "--no-derive"]
    with hostile_endpoint(STRINGS) as url:
        named = ["--base-url", url]
        plan: list[tuple[str, Commands]] = [
            ("plain", [["run", *scripted, "--plain"]]),
            ("quiet", [["run", *scripted, "--quiet"]]),
            ("roles", [["roles", str(pair)]]),
            ("doctor", [["doctor", *named]]),
            ("doctor, a model", [["doctor", *named, "-m", word] for word in TYPED[40:44]]),
            ("refused", [["run", "goal", *named, "-m", "m", "--plain", "--no-derive"]]),
        ]
        few = {"doctor": 6, "doctor, a model": 10, "refused": 6}
        check(printed(folder, plan), few)


def test_data_on_a_terminal_holds_no_control(folder: Path) -> None:
    """JSON is printed as it is, also to a terminal: what would act there is escaped in it."""
    one, scenario = str(folder / "one" / "run"), folder / "scenario.toml"
    _write_scenario(scenario, WRITTEN)
    with hostile_endpoint(STRINGS) as url:
        plan: list[tuple[str, Commands]] = [
            (f"messages{ALONE}", [["export", one, "--format", "jsonl"]]),
            (f"ls{ALONE}", [["ls", "--json"]]),
            (f"log{ALONE}", [["run", "--scenario", str(scenario), "--no-derive", "--json"]]),
            (f"doctor{ALONE}", [["doctor", "--base-url", url, "--json"]]),
        ]
        found = printed(folder, plan)
    assert not {surface: wrong for surface, seen in found.items() if (wrong := controls(seen)[:5])}
    assert not {
        surface: len(nonces(seen, DATA)) for surface, seen in found.items() if len(nonces(seen, DATA)) < MANY
    }


def _write_scenario(path: Path, words: Sequence[str]) -> None:
    said, quote = " ".join(words), "An old silent pond"
    evidence = [{"where": "result", "quote": quote}]
    word = {"id": "c1", "state": "met", "reason": said[:20_000], "evidence": evidence}
    verdict = {"thinking": "", "criteria": [word], "decision": "done", "summary": said[20_000:40_000]}
    replies = [
        {"model": "user", "text": "Write it."},
        {"model": "assistant", "text": f"<result>\n{quote}\n{said}\n</result>", "reasoning": said[:9_000]},
        {"model": "judge", "text": json.dumps(verdict)},
    ]
    lines = ['goal = "A haiku."', 'pair = "general"', "derive = false", 'criteria = ["It is there."]']
    for reply in replies:
        lines += ["[[reply]]", *(f"{key} = {_toml(value)}" for key, value in reply.items())]
    path.write_text("\n".join(lines), "utf-8")


def _write_pair(folder: Path, words: Sequence[str]) -> None:
    folder.mkdir()
    texts = [" ".join(words[at::4]) for at in range(4)]
    told = [f"title = {_toml(words[0])}", "version = 1", f"description = {_toml(texts[0])}"]
    told.append(f"criteria = [{_toml(words[1])}]")
    (folder / "pair.toml").write_text("\n".join(told), "utf-8")
    for name, text in zip(("user", "assistant", "judge"), texts[1:], strict=True):
        (folder / f"{name}.md").write_text(text.replace("{{", "{"), "utf-8", newline="")


def _toml(text: str) -> str:
    """A string of TOML: that of JSON, with the one control besides that TOML does not take as it is."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
