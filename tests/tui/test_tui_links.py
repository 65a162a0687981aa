"""Links open on a key alone, http and https alone, and show the host that they lead to in truth."""

import asyncio
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from screen_reading import everything, segments
from screen_sample import Log, StillFeed

from duologue.habits import Habits
from duologue.record.draft import Draft
from duologue.tui.app import RunApp
from duologue.tui.links import link, links

TEXT = """\
See [the **bank**](https://bank.example@evil.example:8443/login?a=b#c), <https://auto.example>,
bare https://bare.example/x_(y), and ![a picture](http://picture.example/p.png). [twice](https://t.example)
[twice](https://t.example) [script](javascript:alert(1)) [mail](mailto:a@b.example) me@nowhere.example
[by reference][1] and `https://code.example`

[1]: ftp://files.example "title"

| cell |
|------|
| [in a table](https://table.example) |

```
curl https://fence.example/y.
```
"""


def test_all_links_of_a_text_are_found() -> None:
    """Markdown's and bare ones, in code and tables too, once each, in their order, with words and host."""
    found = [(each.words, each.host or each.warnings[0]) for each in links(TEXT)]
    assert found == [
        ("the bank", "evil.example:8443"),
        ("https://auto.example", "auto.example"),
        ("https://bare.example/x_(y)", "bare.example"),
        ("a picture", "picture.example"),
        ("twice", "t.example"),
        ("script", "only http and https are opened, this is javascript"),
        ("mail", "only http and https are opened, this is mailto"),
        ("by reference", "only http and https are opened, this is ftp"),
        ("https://code.example", "code.example"),
        ("in a table", "table.example"),
        ("https://fence.example/y", "fence.example"),
    ]


@pytest.mark.parametrize(
    ("words", "address", "url", "warning"),
    [
        ("x", "https://bank.com@evil.example/p", "https://evil.example/p", "bank.com, is no host"),
        ("x", "https://bank.com:443@evil.example", "https://evil.example", "bank.com:443, is no host"),
        ("bank.com", "https://evil.example", "https://evil.example", "name another host, bank.com"),
        ("go to https://bank.com/x now", "https://bank.com.evil.example", None, "another host, bank.com"),
        ("www.bank.com", "https://bank.com/", "https://bank.com/", ""),
        ("notes.txt", "https://host.example/notes.txt", None, ""),
        ("x", "https://xn--80ak6aa92e.com/", None, "international name: аррӏе.com"),
        ("x", "https://аррӏе.com/", "https://xn--80ak6aa92e.com/", "international name: аррӏе.com"),
        ("x", "https://gооgle.com", "https://xn--ggle-55da.com", "letters of Cyrillic and Latin: gооgle.com"),
        ("münchen.de", "https://münchen.de", "https://xn--mnchen-3ya.de", "international name: münchen.de"),
        ("x", "https://ｅvil.example", "https://evil.example", ""),
        ("x", "HTTP://Host.Example:80/A?b#c", "http://host.example:80/A?b#c", ""),
        ("x", "http://127.0.0.1:8000/x", "http://127.0.0.1:8000/x", ""),
        ("x", "http://[2001:DB8::1]/", "http://[2001:db8::1]/", ""),
    ],
)
def test_the_true_host_is_shown(words: str, address: str, url: str | None, warning: str) -> None:
    """What is opened has the host that is shown, in ASCII, without what stands before an @; what may deceive
    is said."""
    seen = link(words, address)
    assert seen.url == (url or address)
    assert seen.host in (seen.url or "")
    assert warning in " ".join(seen.warnings)
    assert len(seen.warnings) == bool(warning)


@pytest.mark.parametrize(
    "address",
    [
        *("javascript:alert(1)", "file:///etc/passwd", "data:text/html,x", "mailto:a@b.c", "ssh://h.example"),
        *(
            "//evil.example",
            "/path",
            "evil.example",
            "",
            "https:",
            "https://",
            "https:evil.example",
            "https:///x",
        ),
        *("https://a.example\\@b.example", "https://a.example/\tb", "https://a.example /", "https://a\x1b.b"),
        *("https://a.example/\u202egpj", "https://a\u200b.example", "https://ex%61mple.com", "https://a..b"),
        *(
            "http://2130706433/",
            "http://0x7f.1/",
            "http://127.1/",
            "http://0177.0.0.1/",
            "http://[::1",
            "http://h:x/",
        ),
        *("https://h.example:99999/", "https://fa\u00df.example", "https://h.example/" + "a" * 2000),
    ],
)
def test_what_is_not_plain_is_refused(address: str) -> None:
    """Another scheme, no host, and whatever browsers may read otherwise is listed with the reason, and has
    nothing to be opened."""
    seen = link("x", address)
    assert seen.url is None
    assert seen.warnings


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=30), st.sampled_from(["http://", "https:", "//", "[a](", ""]))
def test_no_text_breaks_it(text: str, start: str) -> None:
    """Whatever stands there is a link with a plain host, or is refused."""
    for seen in (*links(start + text), link(text, start + text)):
        if seen.url is not None:
            host = seen.url.split("/")[2]
            assert host == seen.host
            assert host.isascii()
            assert "@" not in host


@dataclass
class Browser:
    """What the person's browser was given, which is a program that writes it down."""

    told: Path

    @property
    def asked(self) -> bool:
        return self.told.exists()

    async def address(self) -> str:
        """The address, when it has come."""
        return await asyncio.to_thread(self._wait)

    def _wait(self) -> str:
        deadline = time.monotonic() + 20
        while not (self.asked and self.told.read_text()) and time.monotonic() < deadline:
            time.sleep(0.02)
        return self.told.read_text()


@pytest.mark.timeout(20)
@pytest.mark.parametrize(
    "part", ["https://a" + ")" * 200_000, "[" + "www." * 50_000 + "](https://a.example)"]
)
def test_long_texts_are_no_trap(part: str) -> None:
    """What would take a careless reader minutes is looked through at once."""
    assert len(links(part)) == 1


@pytest.fixture
def browser(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Browser:
    """A browser that the person has set."""
    program = tmp_path / "browser.py"
    told = tmp_path / "told"
    program.write_text(
        "import pathlib, sys\n"
        "print('noise on the terminal', file=sys.stderr)\n"
        f"pathlib.Path({str(told)!r}).write_text(sys.argv[1])\n"
    )
    monkeypatch.setenv("BROWSER", f"{sys.executable} {program} %s")
    return Browser(told)


def app_of(text: str, **keys: str) -> RunApp:
    log = Log()
    log.start()
    log.turn(1, "user", text)
    return RunApp(StillFeed(log.records), mode="watch", habits=Habits(keys=keys))  # type: ignore[arg-type]


async def test_a_key_lists_links_and_enter_opens_one(browser: Browser) -> None:
    """o lists the turn's links with host, words, address and warnings; enter opens the chosen one, once."""
    app = app_of(TEXT)
    async with app.run_test(size=(100, 60)) as pilot:
        await pilot.press("o")
        await pilot.pause()
        text = " ".join(everything(app).split())
        assert "▸ evil.example:8443" in text
        assert "“the bank”" in text
        assert "⚠ what stands before the @, bank.example, is no host: it leads to evil.example" in text
        assert "not opened" in text
        assert not any(acts for _, acts in segments(app))
        assert not browser.asked
        await pilot.press("down", "down", "up", "enter")
        assert await browser.address() == "https://auto.example"
        await app.workers.wait_for_complete()
        await pilot.pause()
        assert [each.message for each in app._notifications] == ["opened auto.example"]


async def test_what_is_refused_is_not_opened(browser: Browser) -> None:
    """Enter on a refused link says why, and no browser is asked."""
    app = app_of("[x](javascript:alert(1)) [@click=app.exit]y[/]")
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("o", "enter")
        await app.workers.wait_for_complete()
        await pilot.pause()
        assert [each.message for each in app._notifications] == [
            "not opened: only http and https are opened, this is javascript"
        ]
        assert not browser.asked
        assert app.is_running


async def test_no_links_and_no_browser_are_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where there is nothing to list, or nothing to open it with, a notice says so."""
    monkeypatch.setenv("BROWSER", f"{sys.executable} -c raise(SystemExit(1)) %s")
    monkeypatch.setenv("PATH", "/nonexistent")
    monkeypatch.delenv("DISPLAY", raising=False)
    app = app_of("nothing here")
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("o")
        assert [each.message for each in app._notifications] == ["no links in turn 1"]
    app = app_of("https://a.example")
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("o", "enter")
        await app.workers.wait_for_complete()
        await pilot.pause()
        assert [each.message for each in app._notifications] == ["no browser could be opened"]


async def test_before_another_browser_the_address_is_copied(
    browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On the screen in a browser, nothing is opened on the machine that serves it: the address is copied."""
    app = app_of("[x](https://user@a.example/)")
    async with app.run_test(size=(80, 24)) as pilot:
        monkeypatch.setattr(type(app._driver), "is_web", property(lambda driver: True))
        await pilot.press("o")
        await pilot.pause()
        await pilot.press("enter")
        assert app.clipboard == "https://a.example/"
        await app.workers.wait_for_complete()
        assert not browser.asked


async def test_links_of_a_draft(browser: Browser) -> None:
    """Of a turn that is being written, what has arrived is looked through; its key can be set, and it stands
    among the commands."""
    log = Log()
    log.start()
    log.begin(1, "user")
    draft = Draft(1, "user", "turn", "a", "see https://draft.example")
    app = RunApp(StillFeed(log.records, draft=draft), mode="watch", habits=Habits(keys={"links": "w"}))
    async with app.run_test(size=(80, 24)) as pilot:
        assert [deed.keys for deed in app.offered() if deed.name == "links"] == ["w"]
        await pilot.press("w")
        await pilot.pause()
        assert "draft.example" in everything(app)
        await pilot.press("escape")
        assert len(app.screen_stack) == 1
    assert not browser.asked
