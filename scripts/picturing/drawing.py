"""Draws terminal lines as SVG: text stays text, and each stretch of one style is as wide as its cells in every font."""

from itertools import groupby
from xml.sax.saxutils import escape

CELL = 8.0
ROW = 18.0
MARGIN = 20.0
BACKGROUND = "#11151c"
FOREGROUND = "#d5dae3"
COLOURS = [
    "#3b4252", "#e06c75", "#98c379", "#e5c07b", "#61afef", "#c678dd", "#56b6c2", "#d5dae3",
    "#7a8394", "#f2777a", "#b5e890", "#f6d68b", "#82c7ff", "#dd9df0", "#7fd9e4", "#ffffff",
]


def svg(lines, columns):
    width, height = columns * CELL + 2 * MARGIN, len(lines) * ROW + 2 * MARGIN
    drawn = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:g}" height="{height:g}" viewBox="0 0 {width:g} {height:g}" '
        f'font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, \'DejaVu Sans Mono\', monospace" font-size="13" '
        f'fill="{FOREGROUND}">',
        "<title>headgate merge refuses a branch whose data is wrong, and lands it once mended</title>",
        f'<rect width="100%" height="100%" rx="10" fill="{BACKGROUND}"/>',
    ]
    for row, line in enumerate(lines):
        drawn.extend(stretches(line, y=MARGIN + row * ROW + 13))
    return "\n".join([*drawn, "</svg>", ""])


def stretches(line, y):
    """One text element for each stretch of cells in one style; blanks are not drawn."""
    column = 0
    for style, group in groupby(line.cells, key=lambda cell: cell[1]):
        text = "".join(character for character, _ in group)
        indent = len(text) - len(text.lstrip(" "))
        shown = text.strip(" ")
        if shown:
            yield (f'<text x="{MARGIN + (column + indent) * CELL:g}" y="{y:g}" textLength="{len(shown) * CELL:g}" '
                   f'xml:space="preserve"{attributes(style)}>{escape(shown)}</text>')
        column += len(text)


def attributes(style):
    drawn = "" if style.colour < 0 else f' fill="{COLOURS[style.colour]}"'
    drawn += ' font-weight="bold"' if style.bold else ""
    return drawn + (' opacity="0.65"' if style.dim else "")
