import Model

/// The values that placeholders stand for at one place, and how they are put into texts of different kinds.
struct ValueScope {
    enum Value: Hashable {
        case text(String)
        /// The name of a secret, whose value is not known here.
        case secret(String)
    }

    /// Full name, such as `params.month` → value.
    var values: [String: Value]
    let shell: [String]

    /// Why a placeholder could not be replaced.
    struct Failure: Error {
        var message: String
        var suggestion: String?
    }

    subscript(reference: Template.Reference) -> Value? {
        values[reference.text]
    }

    private func text(of reference: Template.Reference) throws(Failure) -> String {
        switch self[reference] {
        case .text(let text): return text
        case .secret:
            throw Failure(
                message:
                    "`${{ \(reference.text) }}` is a secret, which may stand only in `variables`, `location` and `clone_to`",
                suggestion: "hand it over as a variable and let the command read that")
        case nil: throw unknown(reference)
        }
    }

    private func unknown(_ reference: Template.Reference) -> Failure {
        let known = values.keys.filter { $0.hasPrefix(reference.namespace + ".") }.sorted()
        return Failure(
            message: "`${{ \(reference.text) }}` refers to nothing here",
            suggestion: Spelling.suggestion(for: reference.text, among: known)
                ?? (known.isEmpty ? nil : "there is \(alternatives(known))"))
    }

    /// Replaces every placeholder by what `insert` makes of its value.
    private func fill(
        _ template: Template, literal: (Substring) -> Void = { _ in },
        insert: (Template.Reference, String) throws(Failure) -> String
    ) throws(Failure) -> String {
        var result = ""
        for part in template.parts {
            switch part {
            case .literal(let text):
                literal(text)
                result += text
            case .placeholder(let reference, _): result += try insert(reference, text(of: reference))
            case .malformed(let written): throw Failure(message: "`\(written)` is no placeholder", suggestion: nil)
            }
        }
        return result
    }

    /// A text in which values stand as they are.
    func raw(_ template: Template) throws(Failure) -> String {
        try fill(template) { (_, value) throws(Failure) in value }
    }

    /// A script, in which values never become code.
    func script(_ template: Template) throws(Failure) -> String {
        var scanner = ShellScanner(shell: shell)
        var result = ""
        for part in template.parts {
            switch part {
            case .literal(let text):
                scanner.read(text)
                result += text
            case .malformed(let written): throw Failure(message: "`\(written)` is no placeholder", suggestion: nil)
            case .placeholder(let reference, _):
                let value = try text(of: reference)
                guard !value.utf8.contains(0) else {
                    throw Failure(message: "the value of `\(reference.text)` holds a NUL character", suggestion: nil)
                }
                if scanner.mayQuote {
                    result += ShellWord.quoted(value)
                } else if ShellWord.isPlain(value) {
                    result += value
                } else {
                    let variable = reference.name.uppercased().replacing("-", with: "_").replacing(".", with: "_")
                    throw Failure(
                        message:
                            "`${{ \(reference.text) }}` stands inside quotes, and its value `\(value)` is not plain text",
                        suggestion:
                            "write \"$\(variable)\" there and declare `variables: {\(variable): \"${{ \(reference.text) }}\"}`"
                    )
                }
                scanner.skipValue()
            }
        }
        return result
    }

    /// A text, such as SQL or an image's name, in which only plain values may stand.
    func plain(_ template: Template, _ what: String) throws(Failure) -> String {
        try fill(template) { (reference, value) throws(Failure) in
            guard ShellWord.isPlain(value) else {
                throw Failure(
                    message: "the value `\(value)` of `${{ \(reference.text) }}` is not plain enough for \(what)",
                    suggestion: "letters, digits and `_.:/@%+=,-` may stand there")
            }
            return value
        }
    }

    /// A path relative to the root; the result is checked like a path that was written out.
    func path(_ template: Template) throws(Failure) -> String {
        let path = try fill(template) { (reference, value) throws(Failure) in
            guard !value.contains(where: { "*?[]{}\\".contains($0) }) else {
                throw Failure(
                    message: "the value `\(value)` of `${{ \(reference.text) }}` would be a pattern in a path",
                    suggestion: nil)
            }
            return value
        }
        if let violation = PathRule.violation(in: path) {
            throw Failure(message: "the path `\(path)` \(violation.reason)", suggestion: violation.remedy)
        }
        return PathRule.normalized(path)
    }

    /// A location: values as they are, secrets left as `${{ secrets.NAME }}`.
    func location(_ template: Template) throws(Failure) -> String {
        var result = ""
        for part in template.parts {
            switch part {
            case .literal(let text): result += text
            case .malformed(let written): throw Failure(message: "`\(written)` is no placeholder", suggestion: nil)
            case .placeholder(let reference, _):
                if reference.namespace == "secrets" {
                    result += "${{ \(reference.text) }}"
                } else if case .secret(let name) = self[reference] {
                    result += "${{ secrets.\(name) }}"
                } else {
                    let value = try text(of: reference)
                    guard !Template.hasPlaceholder(value) else {
                        throw Failure(
                            message: "the value of `${{ \(reference.text) }}` holds a placeholder", suggestion: nil)
                    }
                    result += value
                }
            }
        }
        return result
    }
}
