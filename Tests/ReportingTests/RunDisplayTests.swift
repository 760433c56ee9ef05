import Model
import Synchronization
import Testing

@testable import Reporting

/// A terminal as far as the display uses one; it keeps what scrolls away, and wraps lines anew when it is resized.
private final class Terminal: Sendable {
    private struct State {
        /// The lines as they were written, the last of them unfinished.
        var lines = [""]
        /// The place of the cursor among the rows on the screen.
        var width = 80
    }

    private let state = Mutex(State())

    var width: Int {
        get { state.withLock { $0.width } }
        set { state.withLock { $0.width = newValue } }
    }

    /// What is to be seen, empty lines apart.
    var lines: [String] { state.withLock { $0.lines.filter { !$0.isEmpty } } }

    /// Follows `\n`, `\r`, cursor up and erase line; colours are not used here.
    func write(_ text: String) {
        state.withLock { state in
            var rest = text[...]
            while let character = rest.popFirst() {
                switch character {
                case "\r", "\r\n": continue
                case "\n": state.lines.append("")
                case "\u{1B}":
                    if rest.hasPrefix("[1A\u{1B}[2K") {
                        rest = rest.dropFirst(7)
                        // One row up: of a line that was wrapped, the last row goes first.
                        let line = state.lines[state.lines.count - 2]
                        let left = max(0, (line.count - 1) / state.width) * state.width
                        state.lines[state.lines.count - 2] = String(line.prefix(left))
                        if left == 0 { state.lines.removeLast() }
                    } else {
                        Issue.record("the display wrote a sequence that this terminal does not know")
                    }
                default: state.lines[state.lines.count - 1].append(character)
                }
            }
        }
    }
}

@Suite("The display of a run")
struct RunDisplayTests {
    private func display(_ terminal: Terminal, height: Int = 24, mode: RunDisplay.Mode = .terminal) -> RunDisplay {
        let clock = Clock()
        return RunDisplay(
            mode: mode, style: Style(isColoured: false), size: { (terminal.width, height) }, now: clock.next,
            write: terminal.write)
    }

    /// Goes on by a second at each look.
    private final class Clock: Sendable {
        private let seconds = Mutex<Int64>(0)

        func next() -> Timestamp {
            Timestamp(
                nanoseconds: seconds.withLock {
                    $0 += 1
                    return $0 * 1_000_000_000
                })
        }
    }

    @Test(
        "Finished steps stay, the block is there once, and nothing of it is left at the end", arguments: [80, 200, 20])
    func block(width: Int) {
        let terminal = Terminal()
        terminal.width = width
        let display = display(terminal)
        display.show(.planned(steps: 60))
        let name = { (number: Int) in "step-with-quite-a-long-name-\(number)" }
        for number in 0..<50 { display.show(.started(step: name(number))) }
        for _ in 0..<5 { display.tick() }
        #expect(terminal.lines.count == 10, "the count, eight steps, and how many more")
        #expect(terminal.lines.allSatisfy { $0.count < width })
        #expect(terminal.lines.last == String("… and 42 more".prefix(width - 1)))
        for number in 0..<50 {
            display.show(.finished(StepResult(id: name(number), state: .ran, seconds: 1), lines: []))
            #expect(terminal.lines.count { $0.contains("of 60") } == 1)
        }
        display.finish()
        #expect(terminal.lines.count == 50)
        #expect(terminal.lines.allSatisfy { $0.hasPrefix("ran") })
    }

    @Test("A tick that comes late draws nothing any more")
    func lateTick() {
        let terminal = Terminal()
        let display = display(terminal)
        display.show(.planned(steps: 1))
        display.show(.started(step: "a"))
        display.finish()
        display.tick()
        #expect(terminal.lines.isEmpty)
    }

    @Test("The summary of a long run names what failed, which may have scrolled away")
    func summary() throws {
        var record = RunRecord(
            id: "r", branch: try #require(BranchName("main")), commit: nil, started: Timestamp(seconds: 0),
            isolation: .sandbox)
        record.outcome = .failed
        record.steps = (0..<30).map { StepResult(id: "s\($0)", state: $0 % 4 == 0 ? .failed : .ran) }
        let lines = RunSummary.lines(record, seconds: 1, style: Style(isColoured: false))
        #expect(lines.contains("  failed s0, s4, s8, s12, s16 and 3 more"), "\(lines)")
        record.steps.removeLast(15)
        #expect(RunSummary.lines(record, seconds: 1, style: Style(isColoured: false)).count == 3)
    }

    @Test("A terminal that became narrower wraps the block, which is taken away all the same")
    func resize() {
        let terminal = Terminal()
        terminal.width = 200
        let display = display(terminal)
        display.show(.planned(steps: 3))
        display.show(.started(step: String(repeating: "n", count: 150)))
        terminal.width = 40
        display.tick()
        #expect(terminal.lines.count == 2 && terminal.lines.allSatisfy { $0.count < 40 })
        terminal.width = 120
        display.tick()
        #expect(terminal.lines.count == 2)
        display.finish()
        #expect(terminal.lines.isEmpty)
    }

    @Test("What is no terminal gets lines and nothing else; silence is silent")
    func plain() {
        let terminal = Terminal()
        let display = display(terminal, mode: .plain)
        display.show(.planned(steps: 1))
        display.show(.started(step: "a"))
        display.tick()
        display.show(.finished(StepResult(id: "a", state: .failed, exit: 3), lines: ["\u{1B}[2Jx"]))
        display.finish()
        #expect(terminal.lines == ["failed    a  0s  exit 3", "    │ \\x1b[2Jx"])
        let silent = Terminal()
        self.display(silent, mode: .silent).show(.note("x"))
        #expect(silent.lines.isEmpty)
    }
}
