import Glibc

/// The processes to which the signals that end a command go.
struct EndingTarget: Sendable {
    /// The command itself, which nobody has reaped yet.
    let process: Int32
    /// Whether it leads a session and process group of its own; otherwise it shares Headgate's.
    let leadsSession: Bool
    /// Whether it is bubblewrap, which would take the sandbox down with it before the command within could clean up.
    let isWrapped: Bool

    /// Asks to end.
    ///
    /// A sandbox that is only being set up is left alone: were bubblewrap to end between starting the first process of
    /// the sandbox and that process asking to die with it, the sandbox would go on without anybody. Source: bubblewrap
    /// `bubblewrap.c`, handle_die_with_parent.
    ///
    /// - Returns: false where there is no command in the sandbox yet that could be asked; then it must be tried again.
    func terminate() -> Bool {
        if leadsSession, !isWrapped {
            Glibc.kill(-process, SIGTERM)
            Glibc.kill(-process, SIGCONT)  // What is stopped cannot answer.
            return true
        }
        let descendants = ProcessTable().descendants(of: process)
        // The first process of a PID space ignores SIGTERM, the command within gets it.
        if isWrapped, descendants.count < 2 { return false }
        for descendant in descendants { Glibc.kill(descendant, SIGTERM) }
        if !isWrapped { Glibc.kill(process, SIGTERM) }
        return true
    }

    /// Ends without asking.
    func kill() {
        if !leadsSession || isWrapped {
            for descendant in ProcessTable().descendants(of: process) { Glibc.kill(descendant, SIGKILL) }
        }
        killSession()
        killGroup()
        Glibc.kill(process, SIGKILL)
    }

    /// Kills the process group; of a command that has exited, what it left there.
    func killGroup() {
        if leadsSession { Glibc.kill(-process, SIGKILL) }
    }

    /// Kills everything in the session, process groups of background jobs included.
    func killSession() {
        guard leadsSession else { return }
        for member in ProcessTable().members(ofSession: process) { Glibc.kill(member, SIGKILL) }
    }
}
