import ArgumentParser

/// How a run is shown while it goes on.
enum ProgressMode: String, CaseIterable, ExpressibleByArgument {
    case auto, tty, plain, quiet, json
}
