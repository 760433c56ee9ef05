import Model

extension ConfigurationResolver {

    /// Returns the sources in the order of the file with location, driver settings and tests resolved.
    ///
    /// Secrets stay as `${{ secrets.NAME }}` for `SecretReference` to fill in. Relative paths are relative to the main
    /// working tree's root.
    public static func resolveSources(
        _ configuration: ProjectConfiguration, in context: ResolutionContext
    ) throws(ConfigurationError) -> [Source] {
        let layers = try ConfigurationLayers(configuration, in: context)
        let problems = ProblemList(file: context.file)
        let names = configuration.sources.map(\.name)
        for name in (context.local?.locations.keys.sorted() ?? []) where !names.contains(name) {
            problems.add(
                at: nil, "\(context.local?.file ?? "") gives a location to `\(name)`, which is no source",
                Spelling.suggestion(for: name, among: names))
        }
        let sources = configuration.sources.compactMap { source -> Source? in
            do throws(ValueScope.Failure) {
                return try resolved(source, layers)
            } catch {
                problems.add(at: source.line, "the source `\(source.name)`: \(error.message)", error.suggestion)
                return nil
            }
        }
        try problems.throwIfAny()
        return sources
    }

    private static func resolved(_ source: Source, _ layers: ConfigurationLayers) throws(ValueScope.Failure) -> Source {
        var result = source
        let scope = layers.scope
        if let location = layers.context.local?.locations[source.name] ?? source.location {
            result.location = try scope.location(Template(location))
        }
        if var driver = source.driver {
            if let text = driver.cloneTo { driver.cloneTo = try scope.location(Template(text)) }
            if let text = driver.repository { driver.repository = try scope.location(Template(text)) }
            if let text = driver.fingerprint { driver.fingerprint = try scope.script(Template(text)) }
            if let text = driver.create { driver.create = try scope.script(Template(text)) }
            if let text = driver.drop { driver.drop = try scope.script(Template(text)) }
            result.driver = driver
        }
        result.tests = try TestResolver(scope: scope).resolve(source.tests)
        return result
    }
}
