/// The JSON Schema (draft-07) of `headgate.yaml`, which `headgate schema` prints.
///
/// The reader is the judge; the schema lets editors complete keys and show what they mean. A test holds both to the
/// same keys.
public enum ConfigurationSchema {
    /// The schema as JSON text with a newline at its end.
    public static let json: String =
        "{\n" + top + ",\n  \"definitions\": {\n"
        + [basics, environments, sources, steps, tests, policies].joined(separator: ",\n") + "\n  }\n}\n"
}
