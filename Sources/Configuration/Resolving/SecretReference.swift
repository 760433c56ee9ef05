/// The places in a resolved location where secrets belong.
public enum SecretReference {
    /// Returns the names of the secrets that `text` refers to, in the order of the text.
    public static func names(in text: String) -> [String] {
        Template(text).references.filter { $0.reference.namespace == "secrets" }.map(\.reference.name)
    }

    /// Returns `text` with each reference replaced by its secret; a reference without a value stays as it is.
    ///
    /// Values are not looked at again, so a secret that contains `${{` is taken as it stands.
    public static func fill(_ text: String, with values: [String: String]) -> String {
        Template(text).parts.map { part in
            switch part {
            case .literal(let literal), .malformed(let literal): String(literal)
            case .placeholder(let reference, let written):
                (reference.namespace == "secrets" ? values[reference.name] : nil) ?? String(written)
            }
        }.joined()
    }
}
