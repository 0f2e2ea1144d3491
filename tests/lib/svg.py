#!/usr/bin/python3
"""Draws the screen of a full-screen program as an SVG.

    svg.py [--size 120x40] [--term NAME] [--keys KEYS] [--wait REGEX]...
        [--title TEXT] OUT.svg COMMAND [ARG]...

Runs COMMAND in a terminal of that size. --wait and --keys may be given more
than once and are followed in their order: wait until REGEX is on the screen,
type KEYS (as tests/lib/tui.py names them). Then the screen is drawn.

Blocks and lines are drawn as shapes and text is stretched to its cells, so
that the picture is the same whatever font the reader has.
"""
import argparse
import html
import sys

from tui import Tui

CELL_W, CELL_H, BASELINE, PAD, BAR = 8.4, 18, 13.5, 12, 30
INK, PAPER, FRAME = "#c9d1d9", "#0d1117", "#30363d"
COLOURS = {
    "black": "#484f58", "red": "#ff7b72", "green": "#56d364",
    "brown": "#e3b341", "blue": "#79c0ff", "magenta": "#d2a8ff",
    "cyan": "#56d4dd", "white": "#b1bac4",
    "brightblack": "#6e7681", "brightred": "#ffa198",
    "brightgreen": "#7ee787", "brightbrown": "#f2cc60",
    "brightblue": "#a5d6ff", "brightmagenta": "#e2c5ff",
    "brightcyan": "#76e3ea", "brightwhite": "#f0f6fc",
    "bfightmagenta": "#e2c5ff",     # pyte's own spelling
}

# Light lines: which of left, right, up, down a character has.
LINES = {"─": "lr", "│": "ud", "┌": "rd", "┐": "ld", "└": "ru", "┘": "lu",
         "├": "rud", "┤": "lud", "┬": "lrd", "┴": "lru", "┼": "lrud",
         "╭": "rd", "╮": "ld", "╰": "ru", "╯": "lu", "╴": "l", "╶": "r",
         "╵": "u", "╷": "d"}
HEAVY = dict(zip("━┃┏┓┗┛┣┫┳┻╋", ("lr", "ud", "rd", "ld", "ru", "lu", "rud",
                                 "lud", "lrd", "lru", "lrud")))


def _colour(name, default):
    if name == "default":
        return default
    return COLOURS.get(name) or "#" + name


def _style(cell):
    fg, bg = _colour(cell.fg, INK), _colour(cell.bg, PAPER)
    if cell.reverse:
        fg, bg = bg, fg
    if cell.fg == "black" and bg != PAPER:
        fg = PAPER
    return fg, bg, cell.bold, cell.italics, cell.underscore


def _runs(row, columns):
    """(x, width, text, style) for what stands together in one row."""
    runs, x = [], 0
    while x < columns:
        cell = row[x]
        width = 2 if x + 1 < columns and row[x + 1].data == "" else 1
        drawn = _is_shape(cell.data) or width == 2
        if (runs and not drawn and not runs[-1][4]
                and runs[-1][3] == _style(cell)):
            start, w, text, style, _ = runs[-1]
            runs[-1] = (start, w + width, text + cell.data, style, False)
        else:
            runs.append((x, width, cell.data, _style(cell), drawn))
        x += width
    return runs


def _is_shape(char):
    return (char in LINES or char in HEAVY or "▀" <= char <= "▟"
            or "\u2800" <= char <= "\u28ff") if len(char) == 1 else False


def _n(value):
    return f"{value:.2f}".rstrip("0").rstrip(".")


def _rect(x, y, w, h, fill, more=""):
    return (f'<rect x="{_n(x)}" y="{_n(y)}" width="{_n(w)}" height="{_n(h)}"'
            f' fill="{fill}"{more}/>')


def _shape(char, x, y, fg):
    if char in LINES or char in HEAVY:
        return _line(x, y, LINES.get(char) or HEAVY[char], fg,
                     2.4 if char in HEAVY else 1.2)
    if "\u2800" <= char <= "\u28ff":
        return _braille(ord(char) - 0x2800, x, y, fg)
    return _block(ord(char), x, y, fg)


def _line(x, y, sides, fg, thick):
    cx, cy = x + CELL_W / 2, y + CELL_H / 2
    ends = {"l": (x, cy), "r": (x + CELL_W, cy), "u": (cx, y),
            "d": (cx, y + CELL_H)}
    path = "".join(f"M{_n(cx)} {_n(cy)}L{_n(ends[s][0])} {_n(ends[s][1])}"
                   for s in sides)
    return (f'<path d="{path}" stroke="{fg}" stroke-width="{thick}"'
            ' stroke-linecap="square" fill="none"/>')


def _block(code, x, y, fg):
    eighth_h, eighth_w = CELL_H / 8, CELL_W / 8
    half_w, half_h = CELL_W / 2, CELL_H / 2
    if code == 0x2580:
        return _rect(x, y, CELL_W, half_h, fg)
    if code <= 0x2588:
        n = code - 0x2580
        return _rect(x, y + CELL_H - n * eighth_h, CELL_W, n * eighth_h, fg)
    if code <= 0x258f:
        return _rect(x, y, (0x2590 - code) * eighth_w, CELL_H, fg)
    if code == 0x2590:
        return _rect(x + half_w, y, half_w, CELL_H, fg)
    if code <= 0x2593:
        return _rect(x, y, CELL_W, CELL_H, fg,
                     f' fill-opacity="{(code - 0x2590) / 4}"')
    if code == 0x2594:
        return _rect(x, y, CELL_W, eighth_h, fg)
    if code == 0x2595:
        return _rect(x + CELL_W - eighth_w, y, eighth_w, CELL_H, fg)
    # Quadrants: upper left, upper right, lower left, lower right.
    quads = {0x2596: "c", 0x2597: "d", 0x2598: "a", 0x2599: "acd",
             0x259a: "ad", 0x259b: "abc", 0x259c: "abd", 0x259d: "b",
             0x259e: "bc", 0x259f: "bcd"}[code]
    at = {"a": (0, 0), "b": (half_w, 0), "c": (0, half_h),
          "d": (half_w, half_h)}
    return "".join(_rect(x + at[q][0], y + at[q][1], half_w, half_h, fg)
                   for q in quads)


def _braille(bits, x, y, fg):
    rows = ((0, 3), (1, 4), (2, 5), (6, 7))
    return "".join(
        f'<circle cx="{_n(x + CELL_W * (1 + 2 * col) / 4)}"'
        f' cy="{_n(y + CELL_H * (1 + 2 * row) / 8)}" r="1.3" fill="{fg}"/>'
        for row in range(4) for col in range(2) if bits >> rows[row][col] & 1)


def _text(x, y, width, text, style):
    fg, _, bold, italic, under = style
    more = ' font-weight="bold"' if bold else ""
    more += ' font-style="italic"' if italic else ""
    more += ' text-decoration="underline"' if under else ""
    lead = len(text) - len(text.lstrip(" "))
    kept = text.strip(" ")
    used = width - (len(text) - len(kept))
    if not kept:
        return ""
    # Characters of a monospaced font are stretched to the cells as one.
    return (f'<text x="{_n(x + lead * CELL_W)}" y="{_n(y + BASELINE)}"'
            f' textLength="{_n(used * CELL_W)}" lengthAdjust="spacingAndGlyphs"'
            f' fill="{fg}"{more}>{html.escape(kept, quote=False)}</text>')


def draw(screen, title=""):
    """A pyte screen as the text of an SVG."""
    width = screen.columns * CELL_W + 2 * PAD
    height = screen.lines * CELL_H + 2 * PAD + BAR
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_n(width)}"'
        f' height="{_n(height)}" viewBox="0 0 {_n(width)} {_n(height)}">',
        _rect(0.5, 0.5, width - 1, height - 1, PAPER,
              f' rx="8" stroke="{FRAME}"'),
        f'<path d="M0 {BAR}H{_n(width)}" stroke="{FRAME}"/>',
    ]
    out += [f'<circle cx="{20 + 18 * i}" cy="{BAR / 2}" r="5.5"'
            f' fill="{FRAME}"/>' for i in range(3)]
    out += ['<g font-family="ui-monospace, \'DejaVu Sans Mono\', Menlo,'
            ' Consolas, monospace" font-size="14" xml:space="preserve">']
    if title:
        out.append(f'<text x="{_n(width / 2)}" y="{BAR / 2 + 5}" fill="#8b949e"'
                   f' text-anchor="middle">{html.escape(title)}</text>')
    for row in range(screen.lines):
        y = BAR + PAD + row * CELL_H
        back, front = [], []
        for x, width, text, style, drawn in _runs(screen.buffer[row],
                                                  screen.columns):
            left = PAD + x * CELL_W
            if style[1] != PAPER:
                back.append(_rect(left, y, width * CELL_W, CELL_H, style[1]))
            if drawn and _is_shape(text):
                front.append(_shape(text, left, y, style[0]))
            else:
                front.append(_text(left, y, width, text, style))
        out += [s for s in back + front if s]
    out += ["</g>", "</svg>", ""]
    return "\n".join(out)


class _Step(argparse.Action):
    def __call__(self, parser, options, value, option=None):
        options.steps.append((option, value))


def main():
    p = argparse.ArgumentParser(usage=__doc__)
    p.add_argument("--size", default="120x40")
    p.add_argument("--term", default="xterm-256color")
    p.add_argument("--title", default="")
    p.add_argument("--keys", action=_Step)
    p.add_argument("--wait", action=_Step)
    p.add_argument("out")
    p.add_argument("command", nargs=argparse.REMAINDER)
    p.set_defaults(steps=[])
    o = p.parse_args()
    cols, rows = map(int, o.size.split("x"))
    with Tui(o.command, cols, rows, term=o.term) as t:
        for option, value in o.steps:
            if option == "--wait":
                t.expect(value, 30)
            else:
                t.send(value)
        if not o.steps or o.steps[-1][0] == "--keys":
            t.settle()
        picture = draw(t.screen, o.title)
    with open(o.out, "w", encoding="utf-8") as f:
        f.write(picture)


if __name__ == "__main__":
    sys.exit(main())
