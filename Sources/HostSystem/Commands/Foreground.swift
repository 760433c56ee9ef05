import Glibc
import Synchronization

/// Lends the terminal to a command that shares it with Headgate.
///
/// Meanwhile Ctrl-C and Ctrl-\ are the command's to answer, as they are in `system(3)`; afterwards the terminal is as
/// it was, even when the command died with echo switched off or left a job in the foreground.
struct Foreground: Sendable {
    private let settings: termios?
    private let group: Int32

    static func enter() -> Foreground {
        var settings = termios()
        let isTerminal = tcgetattr(STDIN_FILENO, &settings) == 0
        lent.withLock { lent in
            if lent.count == 0 {
                lent.interrupt = signal(SIGINT, SIG_IGN)
                lent.quit = signal(SIGQUIT, SIG_IGN)
            }
            lent.count += 1
        }
        return Foreground(settings: isTerminal ? settings : nil, group: getpgrp())
    }

    func leave() {
        if var settings {
            // A process in the background that sets the terminal is stopped, unless it ignores SIGTTOU.
            let earlier = signal(SIGTTOU, SIG_IGN)
            tcsetpgrp(STDIN_FILENO, group)
            tcsetattr(STDIN_FILENO, TCSADRAIN, &settings)
            signal(SIGTTOU, earlier)
        }
        Foreground.lent.withLock { lent in
            lent.count -= 1
            if lent.count == 0 {
                signal(SIGINT, lent.interrupt)
                signal(SIGQUIT, lent.quit)
            }
        }
    }

    private struct Lent {
        var count = 0
        var interrupt: __sighandler_t?
        var quit: __sighandler_t?
    }

    private static let lent = Mutex(Lent())
}
