extension ConfigurationSchema {
    static let environments = #"""
            "environment": {
              "type": "object", "required": ["match"], "additionalProperties": false,
              "properties": {
                "match": {"type": "string", "minLength": 1, "description": "A branch name; * matches any characters, / too."},
                "protected": {"type": "boolean", "description": "Whether only landing may move these branches.", "default": false},
                "from": {"type": "string", "minLength": 1, "description": "The branch whose pins a new environment takes. Default: the main protected branch."},
                "params": {"$ref": "#/definitions/parameter_values"},
                "variables": {"$ref": "#/definitions/variables", "default": {}},
                "setup": {"type": "string", "minLength": 1, "description": "A command, run once when the environment is made."},
                "teardown": {"type": "string", "minLength": 1, "description": "A command, run once when the environment is removed."},
                "expire": {"$ref": "#/definitions/expire"}
              }
            }
        """#

    static let sources = #"""
            "source": {
              "type": "object", "additionalProperties": false,
              "properties": {
                "kind": {"enum": ["files", "sqlite", "duckdb", "postgres", "command", "project"], "description": "What the source is.", "default": "files"},
                "path": {"$ref": "#/definitions/path", "description": "Where steps see it, relative to the root."},
                "location": {"type": "string", "minLength": 1, "description": "Where it lives. Default: the same path in the main working tree. May hold ${{ secrets.x }}."},
                "writable": {"type": "boolean", "description": "Whether each environment has a copy of its own that steps may change.", "default": false},
                "pin": {"enum": ["auto", "subvolume", "reflink", "copy", "in-place"], "description": "How an environment's view of it is held fixed.", "default": "auto"},
                "freshness": {
                  "type": "object", "additionalProperties": false, "minProperties": 1, "description": "How old it may be: files, sqlite, duckdb since they were last written, project since the commit landed there.",
                  "properties": {"warn_after": {"$ref": "#/definitions/duration"}, "error_after": {"$ref": "#/definitions/duration"}}
                },
                "nulls": {"$ref": "#/definitions/nulls"},
                "tests": {"$ref": "#/definitions/tests"},
                "clone_to": {"type": "string", "minLength": 1, "description": "postgres: postgresql://… of the server that holds environments' databases. May hold ${{ secrets.x }}."},
                "only": {
                  "type": "object", "additionalProperties": false, "description": "postgres: which part is copied.",
                  "properties": {
                    "tables": {"type": "array", "items": {"type": "string"}, "description": "Default: all."},
                    "where": {"type": "object", "additionalProperties": {"type": "string"}, "description": "A condition in SQL per table."}
                  }
                },
                "schema_only": {"type": "array", "items": {"type": "string"}, "description": "postgres: tables copied without rows.", "default": []},
                "variable": {"$ref": "#/definitions/identifier", "description": "postgres, command: the variable through which steps that need the source, exec, shell and setup reach their own branch of it."},
                "fingerprint": {"type": "string", "minLength": 1, "description": "command: prints what identifies the data."},
                "create": {"type": "string", "minLength": 1, "description": "command: makes a branch of the data."},
                "drop": {"type": "string", "minLength": 1, "description": "command: removes that branch."},
                "repository": {"type": "string", "minLength": 1, "description": "project: the top of the other project's working tree, from the main working tree of this one, or absolute."},
                "ref": {"type": "string", "minLength": 1, "description": "project: the branch or tag whose tip is taken, once it has passed there. Default: the main protected branch there."},
                "output": {"type": "string", "minLength": 1, "description": "project: an output of one of its steps, or a step with exactly one."}
              }
            },
            "nulls": {"type": "array", "items": {"$ref": "#/definitions/scalar"}, "description": "The cell texts that are null in CSV.", "default": [""]}
        """#

    static let steps = #"""
            "step": {
              "type": "object", "required": ["run"], "additionalProperties": false,
              "properties": {
                "run": {"type": "string", "minLength": 1, "description": "The command. Outside quotes a placeholder becomes one quoted word."},
                "inputs": {"$ref": "#/definitions/paths", "description": "Files, folders or globs it reads. Default: all tracked files and all sources."},
                "outputs": {"$ref": "#/definitions/paths", "description": "Files or folders it makes.", "default": []},
                "needs": {"type": "array", "items": {"type": "string"}, "description": "Steps that come first, implied where an input is another step's output; and sources, for what has no path.", "default": []},
                "matrix": {"$ref": "#/definitions/matrix"},
                "image": {"type": "string", "minLength": 1, "description": "Run in this container image."},
                "isolation": {"enum": ["process", "sandbox", "container", "hermetic"], "description": "How far it is shut off from the machine.", "default": "sandbox"},
                "resources": {
                  "type": "object", "additionalProperties": false, "description": "What it may use at most.",
                  "properties": {
                    "cpus": {"type": "number", "exclusiveMinimum": 0},
                    "memory": {"$ref": "#/definitions/size"},
                    "gpus": {"type": "integer", "minimum": 0}
                  }
                },
                "sandbox": {"$ref": "#/definitions/sandbox", "description": "What it may see beyond what every step may see."},
                "variables": {"$ref": "#/definitions/variables", "description": "Its own variables.", "default": {}},
                "timeout": {"$ref": "#/definitions/duration", "description": "When it is ended. Default: never."},
                "retries": {"type": "integer", "minimum": 0, "maximum": 100, "description": "How often it is tried again.", "default": 0},
                "mutex": {"$ref": "#/definitions/name", "description": "Steps with the same one do not run at once; see limits."},
                "nulls": {"$ref": "#/definitions/nulls"},
                "tests": {"$ref": "#/definitions/tests"}
              }
            },
            "matrix": {
              "type": "object", "minProperties": 1,
              "description": "One step per combination of the axes, such as {seed: [1, 2, 3]}.",
              "properties": {
                "include": {"type": "array", "items": {"$ref": "#/definitions/combination"}, "description": "Combinations added, or values added to combinations.", "default": []},
                "exclude": {"type": "array", "items": {"$ref": "#/definitions/combination"}, "description": "Combinations taken away.", "default": []}
              },
              "additionalProperties": {"type": "array", "items": {"$ref": "#/definitions/scalar"}, "minItems": 1}
            },
            "combination": {"type": "object", "minProperties": 1, "additionalProperties": {"$ref": "#/definitions/scalar"}},
            "variation": {
              "type": "object", "additionalProperties": false,
              "properties": {
                "only": {"type": "array", "items": {"type": "string"}, "description": "The steps that are asked for. Default: all.", "default": []},
                "params": {"$ref": "#/definitions/parameter_values"}
              }
            }
        """#
}
