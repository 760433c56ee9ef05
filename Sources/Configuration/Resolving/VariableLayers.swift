import Model

/// Resolves variables that may refer to each other across layers.
///
/// A name means its strongest definition; a definition that refers to its own name means the next weaker one.
struct VariableLayers {
    struct Layer {
        var origin: ValueOrigin
        var file: String
        /// Name → text with placeholders.
        var texts: [String: String]
    }

    /// Weakest first.
    private let layers: [Layer]
    private let scope: ValueScope
    private var done: [Place: ValueScope.Value] = [:]
    private var open: Set<Place> = []
    private(set) var problems: [ConfigurationProblem] = []

    private struct Place: Hashable {
        var layer: Int
        var name: String
    }

    init(layers: [Layer], scope: ValueScope) {
        self.layers = layers
        self.scope = scope
    }

    /// Returns every variable by name; those that could not be resolved are left out and reported.
    mutating func resolveAll() -> [ResolvedVariable] {
        var result: [ResolvedVariable] = []
        for name in Set(layers.flatMap(\.texts.keys)).sorted() {
            guard let place = strongest(name, below: layers.count), let value = resolve(place) else { continue }
            let resolved: ResolvedVariable.Value
            switch value {
            case .text(let text): resolved = .text(text)
            case .secret(let secret): resolved = .secret(secret)
            }
            result.append(ResolvedVariable(name: name, value: resolved, origin: layers[place.layer].origin))
        }
        return result
    }

    private func strongest(_ name: String, below limit: Int) -> Place? {
        layers[..<limit].lastIndex { $0.texts[name] != nil }.map { Place(layer: $0, name: name) }
    }

    private mutating func resolve(_ place: Place) -> ValueScope.Value? {
        if let value = done[place] { return value }
        guard let text = layers[place.layer].texts[place.name] else { return nil }
        guard open.insert(place).inserted else {
            report(place, "the variable `\(place.name)` refers to itself", "break the circle")
            return nil
        }
        defer { open.remove(place) }
        let template = Template(text)
        var scope = scope
        for (reference, _) in template.references where reference.namespace == "variables" {
            let limit = reference.name == place.name ? place.layer : layers.count
            guard let target = strongest(reference.name, below: limit) else { continue }
            guard let value = resolve(target) else { return nil }
            scope.values[reference.text] = value
        }
        let value: ValueScope.Value
        if let reference = template.soleReference, case .secret(let name) = scope[reference] {
            value = .secret(name)
        } else {
            do throws(ValueScope.Failure) {
                value = .text(try scope.raw(template))
            } catch {
                report(place, "the variable `\(place.name)`: \(error.message)", error.suggestion)
                return nil
            }
        }
        done[place] = value
        return value
    }

    private mutating func report(_ place: Place, _ message: String, _ suggestion: String?) {
        let problem = ConfigurationProblem(file: layers[place.layer].file, message: message, suggestion: suggestion)
        if !problems.contains(problem) { problems.append(problem) }
    }
}
