extension ConfigurationSchema {
    /// The common arguments of a check by reference: draft-07 cannot extend a closed object.
    private static let commonReferences = ConfigurationKeys.testCommon
        .map { "\"\($0)\": {\"$ref\": \"#/definitions/common/properties/\($0)\"}" }
        .joined(separator: ", ")

    static let tests = #"""
            "threshold": {
              "type": "string", "description": "A condition on the measured value: \"> 0\", \"> 0.5%\", \"= 0\", \"between 10 and 20\".",
              "pattern": "^ *(between .+ and .+|(>=|<=|!=|>|<|=) *[-+0-9.eE]+ *%?) *$"
            },
            "waive": {
              "type": "object", "required": ["until", "owner", "reason"], "additionalProperties": false,
              "description": "A committed exception, which lapses on its date.",
              "properties": {
                "until": {"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$", "description": "The last day on which it holds."},
                "owner": {"type": "string", "description": "Who answers for it."},
                "reason": {"type": "string", "description": "Why."}
              }
            },
            "tests": {"type": "array", "items": {"$ref": "#/definitions/test"}, "description": "Data tests.", "default": []},
            "common": {
              "properties": {
                "table": {"type": "string", "minLength": 1, "description": "A file, a glob, or file.duckdb:table (tables of SQLite files cannot be tested). Default: the subject's only table."},
                "where": {"type": "string", "minLength": 1, "description": "A condition in SQL that picks the rows looked at."},
                "severity": {"enum": ["error", "warning", "info", "warn", "fail", "critical", "stop-on-error", "log"], "description": "What a failure means; not together with error_if, warn_if, info_if.", "default": "error"},
                "warn_if": {"$ref": "#/definitions/threshold", "description": "Failing this way is a warning."},
                "error_if": {"$ref": "#/definitions/threshold", "description": "Failing this way is an error."},
                "info_if": {"$ref": "#/definitions/threshold", "description": "Failing this way proposes a change."},
                "name": {"type": "string", "minLength": 1, "description": "Names the test. Default: the check and its columns."},
                "description": {"type": "string", "description": "What the test is for."},
                "limit": {"type": "integer", "minimum": 0, "description": "Failing rows kept.", "default": 100},
                "mask": {"type": "array", "items": {"$ref": "#/definitions/scalar"}, "description": "Columns whose values are never shown.", "default": []},
                "nulls": {"type": "array", "items": {"$ref": "#/definitions/scalar"}, "description": "The cell texts that are null in CSV. Default: those of the subject."},
                "waive": {"$ref": "#/definitions/waive"}
              }
            },
            "test": {
              "type": "object", "description": "One check with its arguments; the common ones may stand inside or beside it.",
              "additionalProperties": false, "minProperties": 1,
              "properties": {
                "row_count": {"description": "The table's size is in bounds.", "oneOf": [{"type": "integer", "minimum": 0}, {"$ref": "#/definitions/check_row_count"}]},
                "not_null": {"description": "There are no nulls.", "oneOf": [{"$ref": "#/definitions/columns"}, {"$ref": "#/definitions/check_not_null"}]},
                "not_empty": {"description": "There are no empty strings.", "oneOf": [{"$ref": "#/definitions/columns"}, {"$ref": "#/definitions/check_not_empty"}]},
                "unique": {"description": "The combination of the columns does not repeat.", "oneOf": [{"$ref": "#/definitions/columns"}, {"$ref": "#/definitions/check_unique"}]},
                "accepted_values": {"description": "Every value is listed.", "allOf": [{"$ref": "#/definitions/check_accepted_values"}]},
                "range": {"description": "Every value is inside.", "allOf": [{"$ref": "#/definitions/check_range"}]},
                "length": {"description": "Every text's length is inside.", "allOf": [{"$ref": "#/definitions/check_length"}]},
                "regex": {"description": "Every value matches.", "allOf": [{"$ref": "#/definitions/check_regex"}]},
                "relationships": {"description": "Every value exists in another table.", "allOf": [{"$ref": "#/definitions/check_relationships"}]},
                "schema": {"description": "Names, types and order of the columns are these.", "allOf": [{"$ref": "#/definitions/check_schema"}]},
                "sql": {"description": "No rows come back; `this` is the table.", "oneOf": [{"type": "string", "minLength": 1}, {"$ref": "#/definitions/check_sql"}]},
                "freshness": {"description": "The newest moment in a column, or of a source's files, is young enough.", "allOf": [{"$ref": "#/definitions/check_freshness"}]},
                \#(commonReferences)
              }
            },
            "check_freshness": {
              "type": "object", "additionalProperties": false,
              "properties": {
                "column": {"$ref": "#/definitions/scalar", "description": "The column that says when rows came. Default: of a source, when its files were last written."},
                "warn_after": {"$ref": "#/definitions/duration", "description": "Older is a warning."},
                "error_after": {"$ref": "#/definitions/duration", "description": "Older is an error."},
                \#(commonReferences)
              }
            },
            "check_row_count": {
              "type": "object", "additionalProperties": false,
              "properties": {
                "min": {"type": "integer", "minimum": 0},
                "max": {"type": "integer", "minimum": 0},
                "equals": {"type": "integer", "minimum": 0},
                \#(commonReferences)
              }
            },
            "check_not_null": {
              "type": "object", "additionalProperties": false,
              "properties": {
                "columns": {"$ref": "#/definitions/columns", "description": "The columns looked at."},
                "column": {"$ref": "#/definitions/scalar", "description": "The column looked at."},
                \#(commonReferences)
              }
            },
            "check_not_empty": {
              "type": "object", "additionalProperties": false,
              "properties": {
                "columns": {"$ref": "#/definitions/columns", "description": "The columns looked at."},
                "column": {"$ref": "#/definitions/scalar", "description": "The column looked at."},
                \#(commonReferences)
              }
            },
            "check_unique": {
              "type": "object", "additionalProperties": false,
              "properties": {
                "columns": {"$ref": "#/definitions/columns", "description": "The columns looked at."},
                "column": {"$ref": "#/definitions/scalar", "description": "The column looked at."},
                \#(commonReferences)
              }
            },
            "check_accepted_values": {
              "type": "object", "additionalProperties": false, "required": ["values"],
              "properties": {
                "column": {"$ref": "#/definitions/scalar", "description": "The column looked at."},
                "values": {"type": "array", "items": {"$ref": "#/definitions/scalar"}, "minItems": 1, "description": "The values that are right."},
                \#(commonReferences)
              }
            },
            "check_range": {
              "type": "object", "additionalProperties": false,
              "properties": {
                "column": {"$ref": "#/definitions/scalar", "description": "The column looked at."},
                "min": {"type": "number"},
                "max": {"type": "number"},
                \#(commonReferences)
              }
            },
            "check_length": {
              "type": "object", "additionalProperties": false,
              "properties": {
                "column": {"$ref": "#/definitions/scalar", "description": "The column looked at."},
                "min": {"type": "integer", "minimum": 0},
                "max": {"type": "integer", "minimum": 0},
                \#(commonReferences)
              }
            },
            "check_regex": {
              "type": "object", "additionalProperties": false,
              "properties": {
                "column": {"$ref": "#/definitions/scalar", "description": "The column looked at."},
                "pattern": {"type": "string", "minLength": 1, "description": "A regular expression."},
                "format": {"enum": ["date", "email", "integer", "ipv4", "number", "time", "url", "uuid"], "description": "A pattern by name."},
                \#(commonReferences)
              }
            },
            "check_relationships": {
              "type": "object", "additionalProperties": false, "required": ["to", "field"],
              "properties": {
                "column": {"$ref": "#/definitions/scalar", "description": "The column looked at."},
                "to": {"type": "string", "minLength": 1, "description": "The other table."},
                "field": {"$ref": "#/definitions/scalar", "description": "The other table's column."},
                \#(commonReferences)
              }
            },
            "check_schema": {
              "type": "object", "additionalProperties": false, "required": ["columns"],
              "properties": {
                "columns": {"type": "object", "minProperties": 1, "additionalProperties": {"type": "string"}, "description": "Names and types in order."},
                "extra_columns": {"enum": ["ok", "error"], "description": "Whether other columns may stand there.", "default": "error"},
                \#(commonReferences)
              }
            },
            "check_sql": {
              "type": "object", "additionalProperties": false, "required": ["query"],
              "properties": {
                "query": {"type": "string", "minLength": 1, "description": "Returns the wrong rows."},
                \#(commonReferences)
              }
            }
        """#
}
