"""What a terminal shows after some output: enough of ECMA-48 for colours, and for lines that are drawn again."""

import re
from dataclasses import dataclass, replace

# A control sequence, an operating system command, another escape, or one character.
PIECES = re.compile(r"\x1b\[([0-?]*)[ -/]*([@-~])|\x1b\].*?(?:\x07|\x1b\\)|\x1b.|(.)", re.DOTALL)


@dataclass(frozen=True)
class Style:
    colour: int = -1  # 0 to 15, or -1 for the terminal's own
    bold: bool = False
    dim: bool = False


@dataclass(frozen=True)
class Line:
    """The cells of one line: (character, style) pairs without trailing blanks."""

    cells: tuple

    @property
    def text(self):
        return "".join(character for character, _ in self.cells)


class Screen:
    """A terminal that never scrolls anything away."""

    def __init__(self, columns):
        self.columns = columns
        self.rows = [[]]
        self.row = 0
        self.column = 0
        self.style = Style()
        self.rest = ""

    def feed(self, text):
        text = self.rest + text
        # An escape sequence may arrive in two pieces: keep its beginning for the next time.
        escape = text.rfind("\x1b")
        cut = escape if escape >= 0 and len(text) - escape < 32 and not self.is_whole(text[escape:]) else len(text)
        text, self.rest = text[:cut], text[cut:]
        for match in PIECES.finditer(text):
            if match[3] is not None:
                self.put(match[3])
            elif match[2] is not None:
                self.control(match[1], match[2])

    @staticmethod
    def is_whole(text):
        match = PIECES.match(text)
        return match is not None and not (text.startswith(("\x1b[", "\x1b]")) and match.end() <= 2)

    def put(self, character):
        if character == "\n":
            self.move_to_row(self.row + 1)
        elif character == "\r":
            self.column = 0
        elif character == "\b":
            self.column = max(0, self.column - 1)
        elif character == "\t":
            self.column = min(self.columns - 1, self.column // 8 * 8 + 8)
        elif character >= " ":
            if self.column == self.columns:
                self.column = 0
                self.move_to_row(self.row + 1)
            cells = self.rows[self.row]
            cells.extend([(" ", Style())] * (self.column + 1 - len(cells)))
            cells[self.column] = (character, self.style)
            self.column += 1

    def move_to_row(self, row):
        self.row = max(0, row)
        self.rows.extend([] for _ in range(self.row + 1 - len(self.rows)))

    def control(self, parameters, final):
        if parameters.startswith("?"):
            return  # Modes such as the cursor's visibility change no cell.
        numbers = [int(number or 0) for number in parameters.split(";")]
        count = max(1, numbers[0])
        if final == "m":
            self.select(numbers)
        elif final == "A":
            self.move_to_row(self.row - count)
        elif final == "B":
            self.move_to_row(self.row + count)
        elif final == "C":
            self.column = min(self.columns - 1, self.column + count)
        elif final == "D":
            self.column = max(0, self.column - count)
        elif final == "E":
            self.column = 0
            self.move_to_row(self.row + count)
        elif final == "F":
            self.column = 0
            self.move_to_row(self.row - count)
        elif final == "G":
            self.column = min(self.columns, count) - 1
        elif final == "K":
            self.erase_in_line(numbers[0])
        elif final == "J" and numbers[0] == 0:
            self.erase_in_line(0)
            del self.rows[self.row + 1:]

    def erase_in_line(self, part):
        cells = self.rows[self.row]
        if part == 0:
            del cells[self.column:]
        elif part == 1:
            cells[:self.column + 1] = [(" ", Style())] * min(len(cells), self.column + 1)
        else:
            cells.clear()

    def select(self, numbers):
        numbers = iter(numbers)
        for number in numbers:
            if number == 0:
                self.style = Style()
            elif number == 1:
                self.style = replace(self.style, bold=True)
            elif number == 2:
                self.style = replace(self.style, dim=True)
            elif number == 22:
                self.style = replace(self.style, bold=False, dim=False)
            elif 30 <= number <= 37:
                self.style = replace(self.style, colour=number - 30)
            elif 90 <= number <= 97:
                self.style = replace(self.style, colour=number - 90 + 8)
            elif number == 39:
                self.style = replace(self.style, colour=-1)
            elif number in (38, 48):
                kind = next(numbers, 0)
                for _ in range(3 if kind == 2 else 1):
                    next(numbers, 0)

    def lines(self):
        for cells in self.rows:
            while cells and cells[-1][0] == " ":
                cells.pop()
        return [Line(tuple(cells)) for cells in self.rows]
