/// `headgate.init/1`.
public struct InitDocument: JSONDocument, Sendable {
    public static let noun = "init"

    public struct DataFolder: Encodable, Sendable {
        public var path: String
        public var files: Int
        public var bytes: Int64

        public init(path: String, files: Int, bytes: Int64) {
            self.path = path
            self.files = files
            self.bytes = bytes
        }
    }

    public struct Table: Encodable, Sendable {
        public var path: String
        public var columns: [String]

        public init(path: String, columns: [String]) {
            self.path = path
            self.columns = columns
        }
    }

    /// What was recognised; empty where there is nothing of a kind.
    public struct Found: Encodable, Sendable {
        public var data: [DataFolder] = []
        public var tables: [Table] = []
        /// How many.
        public var makeRules = 0
        /// How many.
        public var dvcStages = 0
        public var dbtProjects: [String] = []
        public var notebooks: [String] = []
        public var dependencies: [String] = []

        public init() {}
    }

    /// Of `headgate.yaml`, absolute.
    public var file: String
    @OrNull public var template: String?
    /// `null` for a template.
    @OrNull public var found: Found?
    /// Whether outputs of the steps found are there already, for `headgate adopt`.
    public var hasOutputs: Bool

    public init(file: String, template: String) {
        self.file = file
        _template = OrNull(wrappedValue: template)
        _found = OrNull(wrappedValue: nil)
        hasOutputs = false
    }

    public init(file: String, found: Found, hasOutputs: Bool) {
        self.file = file
        _template = OrNull(wrappedValue: nil)
        _found = OrNull(wrappedValue: found)
        self.hasOutputs = hasOutputs
    }
}

/// `headgate.templates/1`.
public struct TemplatesDocument: JSONDocument, Sendable {
    public static let noun = "templates"

    public struct Template: Encodable, Sendable {
        public var name: String
        public var summary: String

        public init(name: String, summary: String) {
            self.name = name
            self.summary = summary
        }
    }

    public var templates: [Template]

    public init(_ templates: [Template]) {
        self.templates = templates
    }
}
