import Model

/// A resolved configuration as one tree, in the order in which a file is best read.
struct RenderedTree {
    typealias Value = ConfigurationValue
    typealias Entry = ConfigurationValue.Entry

    private let configuration: ProjectConfiguration
    private let context: ResolutionContext
    private let environment: ResolvedEnvironment
    private let sources: [Source]
    private let pipeline: ResolvedPipeline

    init(_ configuration: ProjectConfiguration, in context: ResolutionContext) throws(ConfigurationError) {
        self.configuration = configuration
        self.context = context
        environment = try ConfigurationResolver.resolveEnvironment(configuration, in: context)
        sources = try ConfigurationResolver.resolveSources(configuration, in: context)
        pipeline = try ConfigurationResolver.resolve(configuration, in: context)
    }

    /// Values as keys, origins as comments.
    func forPeople() -> Value {
        let parameters = environment.parameters.map { Entry($0.name, Value($0.value), comment: $0.origin.text) }
        let variables = environment.variables.map { variable -> Entry in
            switch variable.value {
            case .text(let text): Entry(variable.name, .text(text), comment: variable.origin.text)
            case .secret(let name): Entry(variable.name, .text("${{ secrets.\(name) }}"), comment: variable.origin.text)
            }
        }
        return .map(head + [Entry("params", .map(parameters)), Entry("variables", .map(variables))] + tail)
    }

    /// The same with origins as values.
    func forPrograms() -> Value {
        let parameters = environment.parameters.map { parameter in
            Value.map([
                Entry("name", .text(parameter.name)), Entry("value", Value(parameter.value)),
                Entry("origin", .text(parameter.origin.text)),
            ])
        }
        let variables = environment.variables.map { variable -> Value in
            let (value, secret): (Value, Value) =
                switch variable.value {
                case .text(let text): (.text(text), .null)
                case .secret(let name): (.null, .text(name))
                }
            return .map([
                Entry("name", .text(variable.name)), Entry("value", value), Entry("secret", secret),
                Entry("origin", .text(variable.origin.text)),
            ])
        }
        let schema = Entry("schema", .text("headgate.config/1"))
        return .map(
            [schema] + head + [Entry("params", .list(parameters)), Entry("variables", .list(variables))] + tail)
    }

    private var head: [Entry] {
        var rule = [Entry("name", .text(context.environmentName)), Entry("match", .text(environment.match))]
        rule.append(Entry("protected", .boolean(environment.isProtected)))
        rule += optional("from", environment.from)
        rule += optional("setup", environment.setup)
        rule += optional("teardown", environment.teardown)
        rule.append(Entry("expire", expire(environment.expiry)))
        return [
            Entry("project", .text(configuration.project)), Entry("branch", .text(context.branch.rawValue)),
            Entry("environment", .map(rule)),
        ]
    }

    private var tail: [Entry] {
        var entries = optional("workspaces", configuration.workspaces)
        entries += list("copy_ignored", configuration.copyIgnored)
        if let setup = pipeline.setup {
            entries.append(
                Entry(
                    "setup",
                    .map(
                        [Entry("run", .text(setup.run))] + list("inputs", setup.inputs) + list("outputs", setup.outputs)
                    )))
        }
        entries.append(Entry("shell", .texts(pipeline.shell)))
        entries += list("secrets", configuration.secrets)
        let ports = context.ports.sorted { $0.key < $1.key }
        entries.append(Entry("ports", .map(ports.map { Entry($0.key, .integer($0.value)) })))
        entries.append(Entry("sources", .map(sources.map { Entry($0.name, source($0)) })))
        entries.append(Entry("steps", .map(pipeline.steps.map { Entry($0.id, step($0)) })))
        entries.append(Entry("gate", gate(configuration.gate)))
        if let publish = configuration.publish {
            entries.append(
                Entry(
                    "publish",
                    .map(
                        [
                            Entry("to", .text(publish.to)), Entry("outputs", .texts(publish.outputs)),
                            Entry("keep", .integer(publish.keep)),
                        ]
                            + optional("command", publish.command))))
        }
        let store = configuration.store
        entries.append(
            Entry(
                "store",
                .map([
                    Entry("snapshots", .integer(store.snapshots)), Entry("cache", .text(size(store.cache))),
                    Entry("copy_limit", .text(size(store.copyLimit))),
                ])))
        entries.append(Entry("report", .map([Entry("rows", .text(configuration.reportRows.rawValue))])))
        return entries
    }

    private func source(_ source: Source) -> Value {
        var entries = [Entry("kind", .text(source.kind.rawValue))]
        entries += optional("path", source.path)
        let isLocal = context.local?.locations[source.name] != nil
        entries += optional("location", source.location, comment: isLocal ? context.local?.file : nil)
        entries.append(Entry("writable", .boolean(source.isWritable)))
        entries.append(Entry("pin", .text(source.pin.rawValue)))
        if let freshness = source.freshness {
            let spans =
                optional("warn_after", freshness.warnAfter.map(span))
                + optional("error_after", freshness.errorAfter.map(span))
            entries.append(Entry("freshness", .map(spans)))
        }
        if let driver = source.driver {
            entries += optional("clone_to", driver.cloneTo) + list("tables", driver.tables)
            if !driver.filters.isEmpty { entries.append(Entry("where", .texts(driver.filters))) }
            entries += list("schema_only", driver.schemaOnly) + optional("variable", driver.variable)
            entries += optional("fingerprint", driver.fingerprint) + optional("create", driver.create)
            entries += optional("drop", driver.drop) + optional("repository", driver.repository)
            entries += optional("ref", driver.reference) + optional("output", driver.output)
        }
        return .map(entries + list("tests", source.tests.map(\.identity)))
    }

    private func step(_ step: ResolvedStep) -> Value {
        var entries = [Entry("run", .text(step.command))]
        if let inputs = step.inputs { entries.append(Entry("inputs", .texts(inputs))) }
        entries += list("outputs", step.outputs) + list("needs", step.needs) + optional("image", step.image)
        entries += optional("isolation", step.isolation?.rawValue)
        let own = step.variables.filter { pipeline.variables[$0.key] != $0.value }
        let secrets = step.secretVariables.filter { pipeline.secretVariables[$0.key] != $0.value }
        let variables = own.merging(secrets.mapValues { "${{ secrets.\($0) }}" }) { $1 }
        if !variables.isEmpty { entries.append(Entry("variables", .texts(variables))) }
        if step.network { entries.append(Entry("network", .boolean(true))) }
        entries += list("read", step.readPaths) + list("write", step.writePaths)
        if let cpus = step.resources.cpus { entries.append(Entry("cpus", .number(cpus))) }
        if let memory = step.resources.memory { entries.append(Entry("memory", .text(size(memory)))) }
        if let gpus = step.resources.gpus { entries.append(Entry("gpus", .integer(gpus))) }
        entries += optional("timeout", step.timeout.map(span)) + optional("mutex", step.mutex)
        if step.retries > 0 { entries.append(Entry("retries", .integer(step.retries))) }
        return .map(entries + list("tests", step.tests.map(\.identity)))
    }

    private func gate(_ gate: GatePolicy) -> Value {
        let require: Value =
            switch gate.require {
            case .all: .text("all")
            case .steps(let names): .texts(names)
            }
        return .map([
            Entry("mode", .text(gate.mode.rawValue)), Entry("method", .text(gate.method.rawValue)),
            Entry("require", require),
            Entry("warnings", .text(gate.warnings.rawValue)), Entry("changed_tests", .text(gate.changedTests.rawValue)),
            Entry("data_max_age", .text(span(gate.dataMaxAge))), Entry("isolation", .text(gate.isolation.rawValue)),
            Entry("tests", .text(gate.tests.rawValue)),
            Entry("existing_failures", .text(gate.existingFailures.rawValue)),
            Entry("override", .text(gate.override.rawValue)), Entry("ignore", .texts(gate.ignore)),
            Entry("sign", .text(gate.sign.rawValue)), Entry("server", .text(gate.server.rawValue)),
            Entry("upstream", .text(gate.upstream.rawValue)),
        ])
    }

    private func expire(_ expiry: Expiry) -> Value {
        .map([
            Entry("merged", .text(span(expiry.merged))), Entry("unused", .text(span(expiry.unused))),
            Entry("trash", .text(span(expiry.trash))),
        ])
    }

    private func optional(_ key: String, _ text: String?, comment: String? = nil) -> [Entry] {
        text.map { [Entry(key, .text($0), comment: comment)] } ?? []
    }

    private func list(_ key: String, _ texts: [String]) -> [Entry] {
        texts.isEmpty ? [] : [Entry(key, .texts(texts))]
    }

    /// The length exactly, in the largest unit that divides it.
    private func span(_ span: TimeSpan) -> String {
        for (unit, factor) in [("d", 86_400.0), ("h", 3600), ("m", 60)] where span.seconds >= factor {
            let count = span.seconds / factor
            if count.rounded() == count { return plain(count) + unit }
        }
        return plain(span.seconds) + "s"
    }

    /// The size exactly, in the largest unit that divides it.
    private func size(_ size: ByteCount) -> String {
        for (unit, factor) in [
            ("TB", 1_000_000_000_000 as Int64), ("GB", 1_000_000_000), ("MB", 1_000_000), ("GiB", 1 << 30),
            ("MiB", 1 << 20),
        ]
        where size.bytes > 0 && size.bytes % factor == 0 {
            return "\(size.bytes / factor)\(unit)"
        }
        return "\(size.bytes)B"
    }
}

/// `0.1`, and `3` for 3.0.
private func plain(_ number: Double) -> String {
    let text = String(number)
    return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
}
