import HostSystem
import Model
import Reporting
import SystemPackage
import Workflows

extension Launch {
    /// Opens the project of the directory that the command works in, until the program ends.
    func openProject() async throws -> Project {
        let project = try await Project.open(at: directory, host: host)
        project.stayOpen()
        return project
    }

    /// Opens the environment of `branch`, or of the branch checked out here.
    func openWorkspace(_ branch: BranchName?) async throws -> Workspace {
        try await openProject().openWorkspace(of: branch)
    }

    /// A display for a run on stderr, which redraws itself while `body` runs.
    ///
    /// - Parameter file: takes every event as well.
    func displaying<Result>(
        _ progress: ProgressMode, file: EventFile? = nil,
        _ body: (@escaping @Sendable (RunEvent) -> Void) async throws -> Result
    ) async throws -> Result {
        let output = output
        let lines = progress == .json ? EventFile { output.messageText($0) } : nil
        let mode: RunDisplay.Mode =
            switch progress {
            case .auto: output.isMessageTerminal ? .terminal : .plain
            case .tty: .terminal
            case .plain: .plain
            case .quiet: .quiet
            case .json: .silent
            }
        let display = RunDisplay(
            mode: mode, style: output.messageStyle,
            size: { TerminalDevice.standardError.size ?? (output.width, 24) }, now: SystemClock.now,
            write: { output.messageText($0) })
        let ticker = Task {
            while !Task.isCancelled {
                try await Task.sleep(nanoseconds: 200_000_000)
                display.tick()
            }
        }
        defer {
            ticker.cancel()
            display.finish()
        }
        return try await body { event in
            display.show(event)
            file?.write(event)
            lines?.write(event)
        }
    }
}
