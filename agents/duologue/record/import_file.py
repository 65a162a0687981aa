"""Files from elsewhere, of whichever format, as runs."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, assert_never

from duologue.record.called import by_path
from duologue.record.import_chat import read_chat
from duologue.record.import_eval import ZIP, read_eval
from duologue.record.import_json import BadJson, as_dict, head_of, parse_json, read_all
from duologue.record.import_run import import_ids, write_run
from duologue.record.import_swe import read_swe
from duologue.record.imported import Conversation, ImportFormat


def import_files(
    paths: Sequence[Path],
    runs: Path,
    format: ImportFormat | None = None,
    called: Callable[[Path], str] = by_path,
) -> list[Path]:
    """Write each conversation of the files as a run in that folder; the runs' folders, in order.

    None for `format` means to find it out, file by file; `called` says how commands name a run. Raises
    SourceError before anything is written, RecordError where the runs cannot be.
    """
    conversations = [one for path in paths for one in read_conversations(path, format or detect(path))]
    folders = [runs / name for name in import_ids(len(conversations), runs)]
    for conversation, folder in zip(conversations, folders, strict=True):
        write_run(conversation, folder, called(folder))
    return folders


def read_conversations(path: Path, format: ImportFormat) -> list[Conversation]:
    """The file's conversations. Raises SourceError."""
    match format:
        case "chat":
            return read_chat(path)
        case "eval":
            return read_eval(path)
        case "swe":
            return read_swe(path)
        case other:
            assert_never(other)


def detect(path: Path) -> ImportFormat:
    """The format by what is in the file, not by its name; chat messages where nothing speaks for another."""
    if head_of(path) == ZIP:
        return "eval"
    # Chat messages in lines are no single value, and most files are that: their first line tells.
    if ".jsonl" in path.suffixes:
        return "chat"
    try:
        return _format_of(as_dict(parse_json(read_all(path))))
    except BadJson:
        return "chat"


def _format_of(value: dict[str, Any]) -> ImportFormat:
    if isinstance(value.get("eval"), dict) and "status" in value:
        return "eval"
    info = as_dict(value.get("info"))
    if "exit_status" in info or str(value.get("trajectory_format", "")).startswith("mini-swe-agent"):
        return "swe"
    return "chat"
