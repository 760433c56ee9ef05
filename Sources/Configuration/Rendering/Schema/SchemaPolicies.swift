extension ConfigurationSchema {
    static let policies = #"""
            "gate": {
              "type": "object", "additionalProperties": false, "description": "What must be true for a candidate to land; read from the target branch.",
              "properties": {
                "mode": {"enum": ["enforce", "observe"], "description": "observe: hooks report what they would have refused.", "default": "enforce"},
                "method": {"enum": ["merge", "squash", "ff"], "description": "How a candidate is made.", "default": "merge"},
                "require": {
                  "description": "Which steps a verdict must cover.", "default": "all",
                  "oneOf": [{"const": "all"}, {"type": "array", "items": {"type": "string"}, "minItems": 1}]
                },
                "warnings": {"enum": ["allow", "deny", "acknowledge"], "description": "What warnings do.", "default": "allow"},
                "changed_tests": {"enum": ["allow", "acknowledge", "deny"], "description": "What removed or loosened tests of the target do.", "default": "acknowledge"},
                "data_max_age": {"$ref": "#/definitions/duration", "description": "How old the target's pins may be for a merge.", "default": "24h"},
                "isolation": {"enum": ["process", "sandbox", "container", "hermetic"], "description": "The weakest isolation a verdict may have.", "default": "sandbox"},
                "tests": {"enum": ["required", "optional"], "description": "optional: a project without tests may land, with a warning.", "default": "required"},
                "existing_failures": {"enum": ["deny", "allow"], "description": "allow: failures that the target has too do not block.", "default": "deny"},
                "override": {"enum": ["deny", "allow"], "description": "Whether merge --override may land without a verdict.", "default": "deny"},
                "ignore": {"$ref": "#/definitions/paths", "description": "Tracked files that no result can depend on.", "default": []},
                "sign": {"enum": ["none"], "description": "How verdicts are signed.", "default": "none"},
                "server": {"enum": ["verify"], "description": "What the server's hook does.", "default": "verify"},
                "upstream": {"enum": ["any", "verified"], "description": "Whether commits of the upstream need a verdict.", "default": "any"}
              }
            },
            "publish": {
              "type": "object", "required": ["to", "outputs"], "additionalProperties": false, "description": "Where and what publish publishes.",
              "properties": {
                "to": {"type": "string", "minLength": 1, "description": "The folder that consumers read."},
                "outputs": {"$ref": "#/definitions/paths", "minItems": 1, "description": "Outputs of steps."},
                "keep": {"type": "integer", "minimum": 1, "description": "Generations kept.", "default": 10},
                "command": {"type": "string", "minLength": 1, "description": "Run for other destinations, with the tested files at hand."}
              }
            },
            "expire": {
              "type": "object", "additionalProperties": false, "description": "How long environments and removed things are kept.",
              "properties": {
                "merged": {"$ref": "#/definitions/duration", "description": "After the branch was merged.", "default": "3d"},
                "unused": {"$ref": "#/definitions/duration", "description": "Without being used.", "default": "30d"},
                "trash": {"$ref": "#/definitions/duration", "description": "In the trash.", "default": "7d"}
              }
            },
            "store": {
              "type": "object", "additionalProperties": false, "description": "How much the store keeps.",
              "properties": {
                "snapshots": {"type": "integer", "minimum": 0, "description": "Snapshots kept per source beside those in use.", "default": 3},
                "cache": {"$ref": "#/definitions/size", "description": "The size of the cache of outputs.", "default": "20GB"},
                "copy_limit": {"$ref": "#/definitions/size", "description": "Nothing larger is ever copied unasked.", "default": "2GB"}
              }
            },
            "report": {
              "type": "object", "additionalProperties": false, "description": "What reports for others hold.",
              "properties": {
                "rows": {"enum": ["none", "masked", "full"], "description": "Whether failing rows may enter Markdown meant for others.", "default": "none"}
              }
            }
        """#
}
