import HostSystem
import Model

/// Asks the container engine what images are, since a name may mean another image tomorrow.
struct ContainerImages: Sendable {
    private let context: PipelineContext

    init(_ context: PipelineContext) {
        self.context = context
    }

    /// Returns each image's name with its digest.
    ///
    /// A name that holds its digest stands for itself, as does one that the engine does not have yet.
    func digests(of names: [String]) async throws -> [String: String] {
        var digests: [String: String] = [:]
        guard let engine = context.containerEngine else { return digests }
        for name in Set(names) where !name.contains("@sha256:") {
            let result = try await context.runner.run(
                Invocation(
                    engine.string, ["image", "inspect", "--format", "{{.Id}}", name],
                    variables: context.containerVariables,
                    timeLimit: TimeSpan(seconds: 30)))
            let id = result.outputText.split(separator: "\n").first
            if result.succeeded, let id { digests[name] = name + "@" + id }
        }
        return digests
    }
}
