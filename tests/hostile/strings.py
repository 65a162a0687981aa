"""More than five thousand strings that try to act on a terminal, to be read as markup, or to hide.

Each carries its own nonce: `head` before the attack and, where it is whole, once more after it. What
arrives of it is known by the nonce, and what is missing between two of the same nonce was hidden or obeyed.
"""

import random
from collections.abc import Iterator
from itertools import product
from typing import Final

COUNT: Final = 5600
NONCE: Final = "zq[0-9a-z]{4}"
_DIGITS: Final = "0123456789abcdefghijklmnopqrstuvwxyz"
_ESC, _ST, _BEL = "\x1b", "\x1b\\", "\x07"
# A number that no sequence of the program's own holds.
_MARK: Final = "4242"


def nonce(number: int) -> str:
    """The nonce of the string of that number: six characters."""
    found = ""
    for _ in range(4):
        number, digit = divmod(number, len(_DIGITS))
        found = _DIGITS[digit] + found
    return f"zq{found}"


def hostile_strings() -> list[str]:
    """All of them, each different, the same every time."""
    attacks: dict[str, None] = {}
    for attack in _attacks():
        attacks[attack] = None
        if len(attacks) == COUNT:
            break
    return [f"{nonce(number)}{attack}{nonce(number)}" for number, attack in enumerate(attacks)]


def halves(strings: list[str]) -> list[str]:
    """Each string in two, cut within its attack: for fields and deltas that follow one another."""
    chance = random.Random(7)
    cut = []
    for string in strings:
        at = chance.randrange(6, max(len(string) - 6, 7)) + 1
        cut += [string[:at], string[at:]]
    return cut


def _attacks() -> Iterator[str]:
    yield from _controls()
    yield from _sequences()
    yield from _markup()
    yield from _invisible()
    yield from _heaps()
    whole = [*_sequences()]
    # Sequences that break off at every place, and such as are put together from two.
    for sequence in whole[:400]:
        for at in range(1, len(sequence)):
            yield sequence[:at]
    chance = random.Random(42)
    others = [*_controls(), *_markup(), *_invisible(), *whole]
    while True:
        yield chance.choice(whole) + chance.choice(others)
        yield chance.choice(others) + chance.choice(others)


def _controls() -> Iterator[str]:
    for code in (*range(0x20), 0x7F, *range(0x80, 0xA0)):
        yield chr(code)
        yield f"{chr(code)}{_MARK}"
    yield from (
        "\r\n",
        "\n\r",
        "\t\r",
        "\x85\n",
        "\u2028",
        "\u2029",
        "\u2028\u2029",
        "\x00" * 40,
        "\b" * 60,
    )
    yield "a\u2028[31mb"


def _sequences() -> Iterator[str]:
    for intro, final in product((f"{_ESC}[", "\x9b"), "ABCDEFGHIJKLMPSTXZ@`abcdefghilmnpqrstux"):
        yield f"{intro}{final}"
        yield f"{intro}{_MARK};1{final}"
        yield f"{intro}?{_MARK}{final}"
    for mode in (5, 7, 12, 25, 47, 1000, 1003, 1006, 1049, 2004, 2026):
        yield f"{_ESC}[?{mode}h"
        yield f"{_ESC}[?{mode}l"
    for inner in (
        "1;31m",
        "8m",
        "2J",
        "3J",
        "H",
        "1;1H",
        "0c",
        ">c",
        "=c",
        "6n",
        "?6n",
        "5i",
        "4i",
        "!p",
        ">q",
    ):
        yield f"{_ESC}[{inner}"
        yield f"\x9b{inner}"
    for number, (intro, end) in product(
        (0, 1, 2, 4, 7, 9, 10, 11, 12, 22, 50, 52, 99, 104, 133, 633, 777, 1337),
        ((f"{_ESC}]", _BEL), (f"{_ESC}]", _ST), ("\x9d", "\x9c"), (f"{_ESC}]", "")),
    ):
        yield f"{intro}{number};{_MARK}owned{end}"
    yield f"{_ESC}]52;c;b3duZWQ={_BEL}"
    yield f"{_ESC}]52;c;?{_BEL}"
    for end in (_BEL, _ST, "\x9c"):
        yield f"{_ESC}]8;;http://evil.example/{_MARK}{end}here{_ESC}]8;;{end}"
        yield f"{_ESC}]8;id=x;file:///etc/passwd{end}here{_ESC}]8;;{end}"
        yield f"{_ESC}]1337;File=inline=1:AAAA{end}"
        yield f"{_ESC}]2;{_MARK}{end}"
    strings = (
        "$qm",
        "+q544e",
        "q#0;2;0;0;0~",
        "tmux;\x1b\x1b]0;owned\x07",
        "Gf=24,s=1,v=1;AAAA",
        "owned",
        "",
    )
    for intro, body, end in product(
        ("P", "_", "^", "X", "k"),
        strings,
        (_ST, "\x9c", ""),
    ):
        yield f"{_ESC}{intro}{body}{end}"
    for intro, body in product("\x90\x9f\x9e\x98", strings):
        yield f"{intro}{body}\x9c"
    for single in (
        "c",
        "7",
        "8",
        "#8",
        "(0",
        "(B",
        ")0",
        "N",
        "O",
        "=",
        ">",
        "%G",
        "%@",
        "D",
        "E",
        "H",
        "M",
        "Z",
    ):
        yield f"{_ESC}{single}"
        yield f"{_ESC}{single}{_MARK}"
    yield "\x05"
    yield "\x0e" + "lqqk" + "\x0f"
    yield f"{_ESC}{_ESC}[31m"
    yield f"{_ESC}\n[31m"


def _markup() -> Iterator[str]:
    tags = (
        "bold",
        "bold red",
        "/",
        "/bold",
        "blink",
        "on red",
        "#ff0000",
        "$primary",
        "@click=app.exit",
        "@click=app.exit()",
        "@click='app.bell'",
        "link=http://evil.example",
        "not bold",
        "reverse",
        "u",
        "b",
    )
    for tag in tags:
        yield f"[{tag}]"
        yield f"[{tag}]x[/]"
        yield f"\\[{tag}]"
        yield f"[[{tag}]]"
        yield f"{_ESC}[31m[{tag}]"
    for name in ("smile", "bomb", "warning", "x", "white_check_mark"):
        yield f":{name}:"
    for target in (
        "javascript:alert(1)",
        "http://evil.example/a",
        "file:///etc/passwd",
        "\x1b]8;;x\x07",
        "\x1b[31m",
    ):
        yield f"[x]({target})"
        yield f"![x]({target})"
        yield f"<{target}>"
        yield f"[x][y{target}]"
        yield f"`{target}`"
        yield f"<a href='{target}'>x</a>"
        yield f"\n```{target}\n{target}\n```\n"
        yield f"\n~~~python\n{target}\n~~~\n"
        yield f"\n# {target}\n"
        yield f"\n| {target} | b |\n|---|---|\n| {target} | d |\n"
        yield f"\n- {target}\n  1. {target}\n"
        yield f"\n> {target}\n"
    for tag in (
        "script>alert(1)</script",
        "img src=x onerror=alert(1)",
        "!-- hidden --",
        "style>*{}</style",
        "b",
        "/pre",
    ):
        yield f"<{tag}>"
    yield from (
        "&#27;[31m",
        "&#x1b;[31m",
        "&#x202e;",
        "&NewLine;",
        "&lt;b&gt;",
        "&#0;",
        "&ZeroWidthSpace;",
    )
    for escape in ("\\x1b[31m", "\\u001b[31m", "\\033[31m", "\\e[31m", "%1b[31m", "^[[31m", "=1B[31m"):
        yield f"{escape}{_MARK}"
    yield '"}\x1b[31m{"'
    yield "'; \x1b]0;x\x07 #"


def _invisible() -> Iterator[str]:
    bidi = (*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x200E, 0x200F, 0x061C)
    hidden = (
        0xAD,
        0x34F,
        0x115F,
        0x1160,
        0x17B4,
        0x17B5,
        0x180E,
        0x200B,
        0x200C,
        0x200D,
        *range(0x2060, 0x2066),
        *range(0x206A, 0x2070),
        0x3164,
        0xFEFF,
        0xFFA0,
        *range(0xFFF0, 0xFFFC),
        0xFDD0,
        0xFFFE,
        0xFFFF,
        0x1D173,
        0x1D17A,
        0x1BCA0,
        0xE0001,
        0xE007F,
        0x1FFFE,
        0x10FFFF,
    )
    for code in (*bidi, *hidden):
        yield chr(code)
        yield f"abc{chr(code)}def"
        yield chr(code) * 20
    for one, other in product(bidi, bidi):
        yield f"{chr(one)}gnp{chr(other)}.exe"
    for at in range(0x20, 0x7F):
        yield "".join(chr(0xE0000 + at) for at in range(0x20, at + 1)[-8:])
    for code in (*range(0xFE00, 0xFE10), *range(0xE0100, 0xE0110), 0x180B, 0x180F):
        yield f"a{chr(code)}b"
        yield f"{chr(code)}" * 12
    yield from (
        "\ud800",
        "\udc80",
        "\udfff",
        "\udc9b31m",
        "\udc1b",
        "\udc00\ud800",
        "\ud83d x",
        "\udcff\udcfe",
    )


def _heaps() -> Iterator[str]:
    for mark, count in product(
        (0x300, 0x301, 0x316, 0x336, 0x489, 0x20DD, 0x20E3, 0xE47, 0x1AB0, 0x1DC0, 0xFE20), (9, 20, 70, 300)
    ):
        yield "e" + chr(mark) * count
        yield "".join(chr(0x300 + at % 0x70) for at in range(count)) + chr(mark)
    for wide in (
        "\uff21",
        "\u4e2d\u6587",
        "\U0001f468\u200d\U0001f469\u200d\U0001f467",
        "\u2764\ufe0f",
        "\U0001f1e9\U0001f1ea",
        "\u00a7\u03b1\u2026",
        "\ufdfd",
    ):
        yield wide
        yield wide * 12
        yield f"{wide}{_ESC}[31m{wide}"
        yield f"{wide}\u202e{wide}\r"
    for size in (300, 1000, 3000):
        yield "x" * size + f"{_ESC}]0;owned{_BEL}"
        yield " " * size + f"{_ESC}[2J"
        yield "\u4e2d" * (size // 2) + f"{_ESC}[31m"
    yield "[" * 200 + "x" + "]" * 200
    yield ">" * 60 + f" {_ESC}[31m"
    yield "a\n" * 30 + f"{_ESC}[31m"
