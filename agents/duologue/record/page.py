"""A run as one HTML file that needs no network: search, folding, the criteria, and a play button.

Foreign text enters the page as data only. It stands as JSON in a script element that no browser runs, with
`<`, `>` and `&` escaped so that nothing in it can end that element, and the page's own script puts it on
screen as text nodes. A Content-Security-Policy names that script and the style by their hashes and forbids
everything else, so even a mistake here could neither run foreign code nor fetch anything.
"""

import json
import re
from base64 import b64encode
from dataclasses import asdict
from hashlib import sha256
from html import escape
from importlib import resources
from typing import Final

from duologue.display import one_line
from duologue.record.story import Story

_PLACE: Final = re.compile(r"<!--(policy|title|style|data|script)-->")
_ACTING: Final = re.compile("[<>&\u2028\u2029\ud800-\udfff]")


def render_page(story: Story) -> str:
    """The page. The story's texts must have been made safe to show."""
    style, script = _piece("page.css"), _piece("page.js")
    policy = (
        f"default-src 'none'; script-src '{_hash(script)}'; style-src '{_hash(style)}'; "
        "base-uri 'none'; form-action 'none'"
    )
    pieces = {
        "policy": f'<meta http-equiv="Content-Security-Policy" content="{policy}">',
        "title": escape(one_line(story.goal, 80) or "A run"),
        "style": f"<style>{style}</style>",
        "data": f'<script type="application/json" id="data">{embedded(story)}</script>',
        "script": f"<script>{script}</script>",
    }
    return _PLACE.sub(lambda found: pieces[found.group(1)], _piece("page.html"))


def embedded(story: Story) -> str:
    """The story as JSON that is inert inside an HTML script element. The prompt is left out."""
    told = asdict(story)
    del told["system"]
    text = json.dumps(told, ensure_ascii=False, separators=(",", ":"))
    return _ACTING.sub(lambda found: f"\\u{ord(found.group()):04x}", text)


def _hash(text: str) -> str:
    return f"sha256-{b64encode(sha256(text.encode('utf-8')).digest()).decode('ascii')}"


def _piece(name: str) -> str:
    return (resources.files("duologue.record") / "page_data" / name).read_text("utf-8")
