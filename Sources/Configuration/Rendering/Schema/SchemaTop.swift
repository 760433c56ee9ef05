extension ConfigurationSchema {
    static let top = #"""
          "$schema": "http://json-schema.org/draft-07/schema#",
          "title": "headgate.yaml",
          "description": "The data, steps, tests and rules of a project. Every key but version is optional.",
          "type": "object",
          "required": ["version"],
          "additionalProperties": false,
          "properties": {
            "version": {"const": 1, "description": "The version of this format."},
            "project": {"$ref": "#/definitions/name", "description": "The project's name. Default: the name of the repository's directory."},
            "params": {"$ref": "#/definitions/parameters"},
            "environments": {
              "type": "array",
              "description": "Rules by branch name; the first match wins. Default: main and master are protected.",
              "items": {"$ref": "#/definitions/environment"},
              "default": [{"match": "main", "protected": true}, {"match": "master", "protected": true}, {"match": "*"}]
            },
            "workspaces": {"type": "string", "minLength": 1, "description": "Where linked workspaces and the store are kept. Default: <repository>.envs beside the repository."},
            "copy_ignored": {"$ref": "#/definitions/paths", "description": "Ignored files of which a new workspace gets a copy.", "default": []},
            "setup": {"$ref": "#/definitions/setup"},
            "shell": {
              "type": "array", "items": {"type": "string", "minLength": 1}, "minItems": 1,
              "description": "The program that runs commands, with its options; the command follows as the last argument.",
              "default": ["bash", "-eo", "pipefail", "-c"]
            },
            "variables": {"$ref": "#/definitions/variables", "description": "Variables for every step.", "default": {}},
            "secrets": {"type": "array", "items": {"$ref": "#/definitions/identifier"}, "description": "Names of secrets that variables may hold; never values.", "default": []},
            "ports": {"type": "array", "items": {"$ref": "#/definitions/identifier"}, "description": "Names of ports; each environment gets its own number for each.", "default": []},
            "sandbox": {"$ref": "#/definitions/sandbox", "description": "What every step may see beyond the workspace and the system."},
            "sources": {
              "type": "object", "description": "Data that the pipeline reads and does not make.", "default": {},
              "propertyNames": {"$ref": "#/definitions/name"}, "additionalProperties": {"$ref": "#/definitions/source"}
            },
            "steps": {
              "type": "object", "description": "Commands with declared inputs and outputs.", "default": {},
              "propertyNames": {"$ref": "#/definitions/name"}, "additionalProperties": {"$ref": "#/definitions/step"}
            },
            "variations": {
              "type": "object", "description": "Named runs: some steps, some parameters.", "default": {},
              "propertyNames": {"$ref": "#/definitions/name"}, "additionalProperties": {"$ref": "#/definitions/variation"}
            },
            "limits": {
              "type": "object", "description": "How many steps with the same mutex run at once. Default: 1 each.", "default": {},
              "additionalProperties": {"type": "integer", "minimum": 1}
            },
            "gate": {"$ref": "#/definitions/gate"},
            "publish": {"$ref": "#/definitions/publish"},
            "expire": {"$ref": "#/definitions/expire"},
            "store": {"$ref": "#/definitions/store"},
            "report": {"$ref": "#/definitions/report"}
          }
        """#

    static let basics = #"""
            "name": {"type": "string", "pattern": "^[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}$"},
            "identifier": {"type": "string", "pattern": "^[A-Za-z_][A-Za-z0-9_]{0,63}$"},
            "duration": {"type": "string", "pattern": "^[0-9.]+[smhd]$", "description": "A number and a unit: 90s, 30m, 26h, 14d."},
            "size": {"type": "string", "pattern": "^[0-9.]+ ?(B|kB|KB|MB|GB|TB|KiB|MiB|GiB|TiB)$", "description": "A number and a unit: 500MB, 50GB, 2GiB."},
            "scalar": {"type": ["string", "number", "boolean"]},
            "path": {
              "type": "string", "minLength": 1, "not": {"pattern": "^(/|~)|(^|/)\\.\\.(/|$)"},
              "description": "Relative to the root, without `..`."
            },
            "paths": {"type": "array", "items": {"$ref": "#/definitions/path"}},
            "host_paths": {
              "type": "array", "items": {"type": "string", "pattern": "^(/|~/|~$)"},
              "description": "Absolute, or beginning with ~/.", "default": []
            },
            "columns": {
              "oneOf": [{"$ref": "#/definitions/scalar"}, {"type": "array", "items": {"$ref": "#/definitions/scalar"}, "minItems": 1}]
            },
            "variables": {
              "type": "object", "propertyNames": {"$ref": "#/definitions/identifier"},
              "additionalProperties": {"$ref": "#/definitions/scalar"},
              "description": "Values may hold ${{ params.x }}, ${{ branch.slug }}, ${{ ports.x }}, ${{ variables.x }}, ${{ secrets.x }} and more."
            },
            "parameters": {
              "type": "object", "description": "Parameters, typed by their default or in long form.", "default": {},
              "propertyNames": {"$ref": "#/definitions/identifier"},
              "additionalProperties": {"oneOf": [{"$ref": "#/definitions/scalar"}, {"$ref": "#/definitions/parameter"}]}
            },
            "parameter": {
              "type": "object", "required": ["default"], "additionalProperties": false,
              "properties": {
                "type": {"enum": ["string", "integer", "number", "boolean"], "description": "Default: the type of the default."},
                "default": {"$ref": "#/definitions/scalar", "description": "The value where no layer sets another."},
                "min": {"type": "number", "description": "The least value allowed."},
                "max": {"type": "number", "description": "The greatest value allowed."},
                "one_of": {"type": "array", "items": {"$ref": "#/definitions/scalar"}, "minItems": 1, "description": "The only values allowed."},
                "description": {"type": "string", "description": "What the parameter is for."}
              }
            },
            "parameter_values": {
              "type": "object", "description": "Values of declared parameters.", "default": {},
              "additionalProperties": {"$ref": "#/definitions/scalar"}
            },
            "setup": {
              "description": "Run in each workspace, again when its inputs change; its key is part of every step's.",
              "oneOf": [
                {"type": "string", "minLength": 1},
                {
                  "type": "object", "required": ["run"], "additionalProperties": false,
                  "properties": {
                    "run": {"type": "string", "minLength": 1, "description": "The command."},
                    "inputs": {"$ref": "#/definitions/paths", "description": "The files it depends on.", "default": []},
                    "outputs": {"$ref": "#/definitions/paths", "description": "What it makes.", "default": []}
                  }
                }
              ]
            },
            "sandbox": {
              "type": "object", "additionalProperties": false,
              "properties": {
                "network": {"type": "boolean", "description": "Whether the network can be reached.", "default": false},
                "read": {"$ref": "#/definitions/host_paths", "description": "Paths outside the project that may be read."},
                "write": {"$ref": "#/definitions/host_paths", "description": "Paths outside the project that may be written."}
              }
            }
        """#
}
