import Model
import Synchronization

/// Shows a run while it goes on: finished steps scroll up as normal lines; on a terminal a small block below them
/// shows what runs, for how long, and the overall count.
///
/// No alternate screen; nothing of the block when the output is no terminal. Safe to call from any thread.
public final class RunDisplay: Sendable {
    /// `silent`: events are written by somebody else.
    public enum Mode: Sendable { case terminal, plain, quiet, silent }

    private struct State {
        var total = 0
        var done = 0
        var upToDate = 0
        var running: [(step: String, since: Timestamp)] = []
        /// How wide each line of the block is.
        var block: [Int] = []
        /// The width of the terminal when the block was drawn.
        var blockWidth = 0
        var lastDrawn = Timestamp(nanoseconds: 0)
        /// Nothing is drawn any more: a tick may come late.
        var isOver = false
    }

    private let mode: Mode
    private let style: Style
    private let size: @Sendable () -> (width: Int, height: Int)
    private let now: @Sendable () -> Timestamp
    private let write: @Sendable (String) -> Void
    private let state = Mutex(State())

    /// - Parameters:
    ///   - size: asked afresh for every drawing, so that a resize needs nothing more.
    ///   - write: takes text for the terminal, one call for each change, so that lines never mix.
    public init(
        mode: Mode, style: Style, size: @escaping @Sendable () -> (width: Int, height: Int),
        now: @escaping @Sendable () -> Timestamp, write: @escaping @Sendable (String) -> Void
    ) {
        self.mode = mode
        self.style = style
        self.size = size
        self.now = now
        self.write = write
    }

    /// Shows what happened; may be called on any thread.
    public func show(_ event: RunEvent) {
        if mode == .silent { return }
        if mode == .quiet { return showQuietly(event) }
        state.withLock { state in
            switch event {
            case .planned(let steps): state.total = steps
            case .started(let step): state.running.append((step, now()))
            case .finished(let result, let lines):
                state.running.removeAll { $0.step == result.id }
                state.done += 1
                if result.state == .upToDate { state.upToDate += 1 } else { print(finished(result, lines), &state) }
            case .tested(let result):
                if result.outcome != .passed {
                    print(TestLine.lines(result, width: size().width, style: style), &state)
                }
            case .note(let text): print([style.yellow("note:") + " " + TerminalText.escaped(text)], &state)
            }
            drawBlock(&state, force: false)
        }
    }

    /// Redraws the block; called a few times a second while the output is a terminal.
    public func tick() {
        guard mode == .terminal else { return }
        state.withLock { drawBlock(&$0, force: true) }
    }

    /// Takes the block away; the last call.
    public func finish() {
        guard mode == .terminal else { return }
        state.withLock { state in
            state.isOver = true
            write(erasing(&state))
        }
    }

    private func showQuietly(_ event: RunEvent) {
        switch event {
        case .finished(let result, let lines) where result.state == .failed || result.state == .lost:
            write(finished(result, lines).map { $0 + "\n" }.joined())
        case .tested(let result) where result.stopsTheLine:
            write(TestLine.lines(result, width: size().width, style: style).map { $0 + "\n" }.joined())
        default: break
        }
    }

    private func finished(_ result: StepResult, _ lines: [String]) -> [String] {
        let name = TerminalText.escaped(result.id)
        let time = style.dim(TimeSpan(seconds: result.seconds).readable)
        switch result.state {
        case .ran:
            let again = result.attempts > 1 ? style.yellow("  at the \(result.attempts). attempt") : ""
            return [style.green("ran     ") + "  \(name)  \(time)\(again)"] + undeclared(result)
        case .cached: return [style.blue("cached  ") + "  \(name)"]
        case .upToDate: return [style.dim("up to date") + "  \(name)"]
        case .skipped:
            return [
                style.yellow("skipped ") + "  \(name)"
                    + (result.message.map { "  " + style.dim(TerminalText.escaped($0)) } ?? "")
            ]
        case .lost: return [style.red("lost    ") + "  \(name)"]
        case .failed:
            var text = [style.red("failed  ") + "  \(name)  \(time)" + (result.exit.map { "  exit \($0)" } ?? "")]
            text += lines.map { style.dim("    │ ") + TerminalText.escaped($0) }
            if let message = result.message { text.append("    " + TerminalText.escaped(message)) }
            if let log = result.log { text.append(style.dim("    log: ") + TerminalText.escaped(log)) }
            return text
        }
    }

    /// What a traced step did not declare, with the line to add.
    private func undeclared(_ result: StepResult) -> [String] {
        guard let files = result.undeclared else { return [] }
        if files.isEmpty { return [style.dim("    opened nothing that it does not declare")] }
        let count = files.count == 1 ? "a file" : "\(files.count) files"
        return [
            style.yellow(
                "    opened \(count) without declaring \(files.count == 1 ? "it" : "them"); add to `inputs` of the step:"
            )
        ]
            + files.map { "      - " + TerminalText.escaped($0) }
    }

    private func print(_ lines: [String], _ state: inout State) {
        write(erasing(&state) + lines.map { $0 + "\n" }.joined())
    }

    /// The escape sequences that take the block away.
    ///
    /// Line by line: to erase the rest of the screen from its first place on counts as clearing it in some terminals,
    /// which then keep the block among the lines that scrolled away.
    private func erasing(_ state: inout State) -> String {
        defer { state.block = [] }
        let width = max(1, size().width)
        // A terminal that became narrower has wrapped what did not fit any more.
        let height = state.block.reduce(0) { rows, line in
            rows + (width < state.blockWidth ? max(1, (line + width - 1) / width) : 1)
        }
        return height == 0 ? "" : "\r" + String(repeating: "\u{1B}[1A\u{1B}[2K", count: height)
    }

    private func drawBlock(_ state: inout State, force: Bool) {
        guard mode == .terminal, !state.isOver else { return }
        let moment = now()
        if !force, !state.block.isEmpty, (moment - state.lastDrawn).seconds < 0.05 { return }
        let (width, height) = size()
        var lines = [
            "\(state.done) of \(state.total) steps" + (state.upToDate > 0 ? ", \(state.upToDate) up to date" : "")
        ]
        let room = max(1, min(8, height - 3))
        for (step, since) in state.running.prefix(room) {
            let time = TimeSpan(seconds: (moment - since).seconds.rounded(.down)).readable
            let end = "  \(time)"
            lines.append(
                TerminalText.truncated("running   \(TerminalText.escaped(step))", to: max(1, width - 1 - end.count))
                    + end)
        }
        if state.running.count > room { lines.append("… and \(state.running.count - room) more") }
        lines = lines.map { TerminalText.truncated($0, to: width - 1) }
        var text = erasing(&state)
        for (number, line) in lines.enumerated() { text += (number == 0 ? style.dim(line) : line) + "\n" }
        state.block = lines.map(TerminalText.width)
        state.blockWidth = width
        state.lastDrawn = moment
        write(text)
    }
}
