import Model

/// What a run would do, as lines for people.
public enum PlanText {
    /// One line a step: the action, the step, and the first reason.
    public static func lines(_ plan: [PlannedStep], width: Int, style: Style) -> [String] {
        var lines = plan.map { step in
            let reason = step.reasons.first.map { "  " + style.dim(TerminalText.escaped(explained($0))) } ?? ""
            return word(step.action, style) + "  " + TerminalText.escaped(step.id) + reason
        }
        let counts = [(PlannedStep.Action.run, "to run"), (.cached, "from the cache"), (.upToDate, "up to date")]
            .map { action, words in (plan.count { $0.action == action }, words) }.filter { $0.0 > 0 }
        lines.append(counts.isEmpty ? "no steps" : counts.map { "\($0) \($1)" }.joined(separator: ", "))
        return lines
    }

    /// Everything that differs for each step, old → new.
    public static func explained(_ plan: [PlannedStep], style: Style) -> [String] {
        plan.flatMap { step -> [String] in
            let name = TerminalText.escaped(step.id)
            if step.reasons.isEmpty { return ["\(name) is up to date"] }
            let head =
                step.action == .cached ? "\(name) is out of date; its result is in the cache" : "\(name) would run"
            return [head + ", because"] + step.reasons.map { "  " + TerminalText.escaped(explained($0)) }
        }
    }

    private static func word(_ action: PlannedStep.Action, _ style: Style) -> String {
        switch action {
        case .run: style.green("run       ")
        case .cached: style.blue("cached    ")
        case .upToDate: style.dim("up to date")
        }
    }

    /// A part of a key and what became of it; hashes are cut to ten digits.
    private static func explained(_ difference: KeyDifference) -> String {
        switch difference.part {
        case "never-ran": return "it has no result here yet"
        case "forced": return "it is forced"
        default: break
        }
        let part = difference.part.replacing(":", with: " ", maxReplacements: 1)
        switch (difference.old.map(short), difference.new.map(short)) {
        case (let old?, let new?): return "\(part) changed: \(old) → \(new)"
        case (nil, let new?): return "\(part) is new: \(new)"
        case (_?, nil): return difference.part.hasPrefix("input:") ? "\(part) will be made anew" : "\(part) is gone"
        case (nil, nil): return "\(part) changed"
        }
    }

    private static func short(_ value: String) -> String {
        ContentHash(hex: value)?.prefix(10) ?? value
    }
}
