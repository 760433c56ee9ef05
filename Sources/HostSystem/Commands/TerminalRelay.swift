import CHost
import Dispatch
import Glibc
import SystemPackage

/// Gives a sandboxed command a terminal of its own, and passes on between it and the user's.
///
/// The sandbox has no way to the user's terminal (`--new-session`), which alone would cost job control, and Ctrl-C would
/// end bubblewrap with everything in it. In its own terminal a command can type for nobody but itself.
///
/// Source: `pty(7)`.
final class TerminalRelay: Sendable {
    /// The end that becomes the command's terminal; whoever starts the command closes it.
    let commandEnd: FileDescriptor
    private let ourEnd: Int32
    private let settings: termios
    private let isOver: Int32
    private let group = DispatchGroup()

    /// Begins to pass on, with the user's terminal in raw mode until `stop()`.
    init() throws(HostError) {
        let terminal: FilePath = "the terminal"
        var settings = termios()
        try call("look at", terminal) { tcgetattr(STDIN_FILENO, &settings) }
        self.settings = settings
        isOver = try call("watch", terminal) { chost_event_counter() }
        var ends: [Int32] = [-1, -1]
        do throws(HostError) {
            try call("make", terminal) { chost_pseudo_terminal(&ends) }
        } catch {
            close(isOver)
            throw error
        }
        ourEnd = ends[0]
        commandEnd = FileDescriptor(rawValue: ends[1])
        tcsetattr(commandEnd.rawValue, TCSANOW, &settings)
        cfmakeraw(&settings)
        tcsetattr(STDIN_FILENO, TCSADRAIN, &settings)
        DispatchQueue(label: "terminal").async(group: group) { [self] in
            var loop = RelayLoop(ourEnd: ourEnd, isOver: isOver)
            loop.run()
        }
    }

    /// Passes on what is left, and gives the user's terminal back as it was.
    func stop() {
        var one: UInt64 = 1
        _ = Glibc.write(isOver, &one, 8)
        group.wait()
        var settings = settings
        tcsetattr(STDIN_FILENO, TCSADRAIN, &settings)
        close(ourEnd)
        close(isOver)
    }
}

/// The loop of a `TerminalRelay`, used by one thread.
private struct RelayLoop {
    private let ourEnd: Int32
    private var polled: [pollfd]
    private var buffer = [UInt8](repeating: 0, count: 16 << 10)
    /// What was typed and did not fit yet.
    private var typed: [UInt8] = []
    private var size: (width: Int, height: Int) = (0, 0)

    private let user = 0, command = 1, over = 2

    init(ourEnd: Int32, isOver: Int32) {
        self.ourEnd = ourEnd
        polled = [STDIN_FILENO, ourEnd, isOver].map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
    }

    mutating func run() {
        while polled[over].revents == 0 {
            passOnSize()
            // Nothing more is read from the user while the command does not take what was typed.
            polled[user].events = typed.isEmpty ? Int16(POLLIN) : 0
            polled[command].events = Int16(POLLIN) | (typed.isEmpty ? 0 : Int16(POLLOUT))
            // The time limit is for the size: a handler of SIGWINCH would take the signal from whoever watches it.
            if poll(&polled, nfds_t(polled.count), 200) <= 0 { continue }
            if polled[user].revents != 0 { readTyped() }
            if polled[command].revents & Int16(POLLOUT) != 0 || !typed.isEmpty { writeTyped() }
            if polled[command].revents & ~Int16(POLLOUT) != 0, !showOutput() { polled[command].fd = -1 }
        }
        while showOutput() {}
    }

    private mutating func readTyped() {
        let count = read(STDIN_FILENO, &buffer, buffer.count)
        if count > 0 { typed += buffer[..<count] } else if count == 0 || errno != EINTR { polled[user].fd = -1 }
    }

    private mutating func writeTyped() {
        let count = Glibc.write(ourEnd, typed, typed.count)
        if count > 0 { typed.removeFirst(count) } else if errno == EIO { typed = [] }
    }

    /// Shows what the command wrote; false when there is nothing more.
    private mutating func showOutput() -> Bool {
        let count = read(ourEnd, &buffer, buffer.count)
        if count < 0, errno == EINTR { return true }
        guard count > 0 else { return false }
        // A terminal that is gone has nobody who looks at it.
        try? write(buffer[..<count], to: STDOUT_FILENO, at: "the terminal")
        return true
    }

    private mutating func passOnSize() {
        guard let now = TerminalDevice.standardOutput.size, now != size else { return }
        size = now
        chost_set_terminal_size(ourEnd, UInt16(clamping: now.width), UInt16(clamping: now.height))
    }
}
