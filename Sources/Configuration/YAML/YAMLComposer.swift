internal import CYaml
import Model

/// Composes one YAML document out of libYAML's events.
///
/// Events are read directly, not through `Yams.compose`, for three reasons: an anchor bomb must be stopped while it is
/// being built (Yams hashes expanded aliases when it looks for duplicate keys), every node needs its end as well as its
/// start, and duplicate keys must be reported with both places. libYAML comes with Yams.
struct YAMLComposer {
    /// What a file may ask for; far above any real configuration.
    struct Limits {
        var bytes = 8_000_000
        /// After aliases are expanded.
        var nodes = 500_000
        var depth = 48
        var aliases = 2_000
    }

    private struct Anchored {
        var node: YAMLNode
        var nodes: Int
        var depth: Int
    }

    private let parser: EventParser
    private let limits: Limits
    private let problems: ProblemList
    private var anchors: [String: Anchored] = [:]
    private var nodes = 0
    private var aliases = 0

    /// Returns the only document of `text`; `nil` where there is none.
    ///
    /// Duplicate keys are added to `problems`, the first one stands.
    static func compose(
        _ text: String, problems: ProblemList, limits: Limits = Limits()
    ) throws(ConfigurationError) -> YAMLNode? {
        guard text.utf8.count <= limits.bytes else {
            throw problems.error(message: "the file is larger than \(limits.bytes / 1_000_000) MB")
        }
        // libYAML reads from the buffer until the parser is freed, so both live inside this closure.
        var bytes = Array(text.utf8)
        bytes.append(0)
        var result: Result<YAMLNode?, ConfigurationError> = .success(nil)
        bytes.withUnsafeBufferPointer { buffer in
            let parser = EventParser(
                buffer: UnsafeBufferPointer(rebasing: buffer.dropLast()), text: text, problems: problems)
            var composer = YAMLComposer(parser: parser, limits: limits, problems: problems)
            do throws(ConfigurationError) {
                result = .success(try composer.document())
            } catch {
                result = .failure(error)
            }
        }
        return try result.get()
    }

    private init(parser: EventParser, limits: Limits, problems: ProblemList) {
        self.parser = parser
        self.limits = limits
        self.problems = problems
    }

    private mutating func document() throws(ConfigurationError) -> YAMLNode? {
        _ = try parser.next()  // The start of the stream.
        let first = try parser.next()
        guard first.kind != .streamEnd else { return nil }
        let root = try node(from: parser.next(), depth: 0).node
        _ = try parser.next()  // The end of the document.
        let end = try parser.next()
        guard end.kind == .streamEnd else {
            throw problems.error(
                at: end.start, message: "a second document begins here", suggestion: "keep one, without `---` between")
        }
        return root
    }

    /// Builds the node that begins with `event`; returns it with its size and height.
    private mutating func node(from event: YAMLEvent, depth: Int) throws(ConfigurationError) -> Anchored {
        guard depth < limits.depth else {
            throw problems.error(at: event.start, message: "the nesting is deeper than \(limits.depth) levels")
        }
        if event.kind == .alias { return try alias(event, depth: depth) }
        try count(1, at: event.start)
        try checkTag(event)
        var built: Anchored
        switch event.kind {
        case .sequence: built = try sequence(event, depth: depth)
        case .mapping: built = try mapping(event, depth: depth)
        default:
            let content = YAMLNode.Content.scalar(event.text, event.style)
            built = Anchored(node: YAMLNode(content: content, start: event.start, end: event.end), nodes: 1, depth: 1)
        }
        if let anchor = event.anchor { anchors[anchor] = built }
        return built
    }

    private mutating func alias(_ event: YAMLEvent, depth: Int) throws(ConfigurationError) -> Anchored {
        let name = event.anchor ?? ""
        guard let target = anchors[name] else {
            throw problems.error(
                at: event.start, message: "`*\(name)` refers to an anchor that does not exist",
                suggestion: "a text that begins with `*` needs quotes: \"*\(name)\"")
        }
        aliases += 1
        guard aliases <= limits.aliases, depth + target.depth <= limits.depth else {
            throw problems.error(at: event.start, message: "there are too many aliases, or they nest too deeply")
        }
        try count(target.nodes, at: event.start)
        return target
    }

    private mutating func sequence(_ event: YAMLEvent, depth: Int) throws(ConfigurationError) -> Anchored {
        var items: [YAMLNode] = []
        var size = 1
        var height = 0
        var next = try parser.next()
        while next.kind != .sequenceEnd {
            let item = try node(from: next, depth: depth + 1)
            items.append(item.node)
            size += item.nodes
            height = max(height, item.depth)
            next = try parser.next()
        }
        let node = YAMLNode(content: .sequence(items), start: event.start, end: next.end, isFlow: event.isFlow)
        return Anchored(node: node, nodes: size, depth: height + 1)
    }

    private mutating func mapping(_ event: YAMLEvent, depth: Int) throws(ConfigurationError) -> Anchored {
        var entries: [YAMLEntry] = []
        var merged: [YAMLEntry] = []
        var places: [String: SourceLine] = [:]
        var size = 1
        var height = 0
        var next = try parser.next()
        while next.kind != .mappingEnd {
            guard next.kind == .scalar else {
                throw problems.error(
                    at: next.start, message: "a key must be plain text", suggestion: parser.hint(at: next.start))
            }
            try count(1, at: next.start)
            let (key, place) = (next.text, next.start)
            let value = try node(from: parser.next(), depth: depth + 1)
            size += value.nodes + 1
            height = max(height, value.depth)
            if key == "<<", next.style == .plain {
                try merged.append(contentsOf: mergedEntries(value.node))
            } else if let earlier = places[key] {
                problems.add(
                    at: place, "the key `\(key)` appears twice, first in line \(earlier.line)",
                    "remove or rename one of them")
            } else {
                places[key] = place
                entries.append(YAMLEntry(key: key, keyPlace: place, value: value.node))
            }
            next = try parser.next()
        }
        for entry in merged where places[entry.key] == nil {
            places[entry.key] = entry.keyPlace
            entries.append(entry)
        }
        let node = YAMLNode(content: .mapping(entries), start: event.start, end: next.end, isFlow: event.isFlow)
        return Anchored(node: node, nodes: size, depth: height + 1)
    }

    /// The entries that a merge key `<<` brings in; those written out win over them.
    private func mergedEntries(_ node: YAMLNode) throws(ConfigurationError) -> [YAMLEntry] {
        switch node.content {
        case .mapping(let entries): return entries
        case .sequence(let items):
            var entries: [YAMLEntry] = []
            for item in items {
                guard let more = item.entries else { break }
                entries.append(contentsOf: more)
            }
            return entries
        case .scalar:
            throw problems.error(at: node.start, message: "`<<` takes a map or a list of maps")
        }
    }

    private mutating func count(_ more: Int, at place: SourceLine) throws(ConfigurationError) {
        nodes += more
        guard nodes <= limits.nodes else {
            throw problems.error(
                at: place, message: "the file holds more than \(limits.nodes) values once its aliases are expanded")
        }
    }

    private func checkTag(_ event: YAMLEvent) throws(ConfigurationError) {
        guard let tag = event.tag, tag != "!", tag != "tag:yaml.org,2002:str" else { return }
        throw problems.error(
            at: event.start, message: "YAML tags such as `\(tag)` are not used here",
            suggestion: "remove it; text that begins with `!` needs quotes")
    }
}
