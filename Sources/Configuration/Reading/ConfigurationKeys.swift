import Model

/// The keys of each map in `headgate.yaml`. The reader accepts exactly these, and the schema describes exactly these.
enum ConfigurationKeys {
    static let top = [
        "version", "project", "params", "environments", "workspaces", "copy_ignored", "setup", "shell", "variables",
        "secrets", "ports", "sandbox", "sources", "steps", "variations", "limits", "gate", "publish", "expire", "store",
        "report",
    ]
    static let parameter = ["type", "default", "min", "max", "one_of", "description"]
    static let environment = ["match", "protected", "from", "params", "variables", "setup", "teardown", "expire"]
    static let setup = ["run", "inputs", "outputs"]
    static let sandbox = ["network", "read", "write"]
    static let source = [
        "kind", "path", "location", "writable", "pin", "freshness", "nulls", "tests", "clone_to", "only", "schema_only",
        "variable", "fingerprint", "create", "drop", "repository", "ref", "output",
    ]
    static let freshness = ["warn_after", "error_after"]
    static let only = ["tables", "where"]
    static let step = [
        "run", "inputs", "outputs", "needs", "matrix", "image", "isolation", "resources", "sandbox", "variables",
        "timeout", "retries", "mutex", "nulls", "tests",
    ]
    static let resources = ["cpus", "memory", "gpus"]
    static let variation = ["only", "params"]
    static let gate = [
        "mode", "method", "require", "warnings", "changed_tests", "data_max_age", "isolation", "tests",
        "existing_failures", "override", "ignore", "sign", "server", "upstream",
    ]
    static let publish = ["to", "outputs", "keep", "command"]
    static let expire = ["merged", "unused", "trash"]
    static let store = ["snapshots", "cache", "copy_limit"]
    static let report = ["rows"]
    static let waive = ["until", "owner", "reason"]
    static let local = ["params", "variables", "sources"]
    static let localSource = ["location"]

    /// The arguments that every check takes.
    static let testCommon = [
        "table", "where", "severity", "warn_if", "error_if", "info_if", "name", "description", "limit", "mask", "nulls",
        "waive",
    ]

    /// The arguments of one check, without the common ones.
    static func arguments(of check: Check.Name) -> [String] {
        switch check {
        case .rowCount: ["min", "max", "equals"]
        case .notNull, .notEmpty, .unique: ["columns", "column"]
        case .acceptedValues: ["column", "values"]
        case .range, .length: ["column", "min", "max"]
        case .regex: ["column", "pattern", "format"]
        case .relationships: ["column", "to", "field"]
        case .schema: ["columns", "extra_columns"]
        case .sql: ["query"]
        case .freshness: ["column"] + freshness
        }
    }

    /// Checks that are reserved for later: the message says that this version does not have them.
    static let unavailableChecks: Set<String> = [
        "reconcile", "anomaly", "drift", "diff", "metric", "duration", "command", "junit", "dbt",
    ]

    /// Keys that are reserved for later.
    static let unavailableKeys: Set<String> = ["executor", "remote_cache", "queue"]

    /// Words of other tools for keys of ours.
    static let otherTools: [String: String] = [
        "cmd": "run", "command": "run", "script": "run", "deps": "inputs", "dependencies": "inputs", "outs": "outputs",
        "depends_on": "needs", "env": "variables", "environment": "variables", "vars": "variables",
        "parameters": "params", "config": "params", "stages": "steps", "jobs": "steps", "tasks": "steps",
        "datasets": "sources", "data": "sources", "expires": "expire", "container": "image", "branch": "match",
        "pattern": "match", "url": "location", "type": "kind", "checks": "tests", "memory_limit": "memory",
        "values": "one_of", "choices": "one_of", "enum": "one_of", "minimum": "min", "maximum": "max",
        "message": "description", "filter": "where", "id": "name", "level": "severity",
    ]
}
