internal import CYaml
import Model

/// One event of libYAML, copied out of its memory.
struct YAMLEvent {
    enum Kind {
        case streamStart, streamEnd, documentStart, documentEnd
        case scalar, alias, sequence, sequenceEnd, mapping, mappingEnd
    }

    var kind: Kind
    var start: SourceLine
    var end: SourceLine
    var text = ""
    var style = YAMLScalarStyle.plain
    var anchor: String?
    var tag: String?
    var isFlow = false
}

/// Owns one libYAML parser and frees it exactly once; `buffer` must outlive it.
final class EventParser {
    private var parser = yaml_parser_t()
    private let text: String
    private let problems: ProblemList

    init(buffer: UnsafeBufferPointer<UInt8>, text: String, problems: ProblemList) {
        self.text = text
        self.problems = problems
        yaml_parser_initialize(&parser)
        yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING)
        yaml_parser_set_input_string(&parser, buffer.baseAddress, buffer.count)
    }

    deinit { yaml_parser_delete(&parser) }

    func next() throws(ConfigurationError) -> YAMLEvent {
        var event = yaml_event_t()
        guard yaml_parser_parse(&parser, &event) == 1 else { throw syntaxError() }
        defer { yaml_event_delete(&event) }
        var result = YAMLEvent(kind: .streamEnd, start: line(event.start_mark), end: line(event.end_mark))
        switch event.type {
        case YAML_STREAM_START_EVENT: result.kind = .streamStart
        case YAML_DOCUMENT_START_EVENT: result.kind = .documentStart
        case YAML_DOCUMENT_END_EVENT: result.kind = .documentEnd
        case YAML_SEQUENCE_END_EVENT: result.kind = .sequenceEnd
        case YAML_MAPPING_END_EVENT: result.kind = .mappingEnd
        case YAML_ALIAS_EVENT:
            result.kind = .alias
            result.anchor = string(event.data.alias.anchor)
        case YAML_SCALAR_EVENT:
            let scalar = event.data.scalar
            result.kind = .scalar
            result.text = String(
                decoding: UnsafeBufferPointer(start: scalar.value, count: scalar.length), as: UTF8.self)
            result.style = style(scalar.style)
            result.anchor = string(scalar.anchor)
            result.tag = string(scalar.tag)
            // `!!str 5` is text, whatever it looks like.
            if result.tag != nil, result.style == .plain { result.style = .doubleQuoted }
        case YAML_SEQUENCE_START_EVENT:
            result.kind = .sequence
            result.anchor = string(event.data.sequence_start.anchor)
            result.tag = string(event.data.sequence_start.tag)
            result.isFlow = event.data.sequence_start.style == YAML_FLOW_SEQUENCE_STYLE
        case YAML_MAPPING_START_EVENT:
            result.kind = .mapping
            result.anchor = string(event.data.mapping_start.anchor)
            result.tag = string(event.data.mapping_start.tag)
            result.isFlow = event.data.mapping_start.style == YAML_FLOW_MAPPING_STYLE
        default: result.kind = .streamEnd
        }
        return result
    }

    /// A hint for what stands at a place where YAML's grammar and the writer disagree.
    func hint(at place: SourceLine) -> String? {
        YAMLSyntaxHint.hint(for: "", in: text, at: place)
    }

    private func syntaxError() -> ConfigurationError {
        let problem = parser.problem.map { String(cString: $0) } ?? "the file cannot be read"
        if parser.error == YAML_READER_ERROR {
            let place = YAMLSyntaxHint.place(ofByte: parser.problem_offset, in: text)
            return problems.error(
                at: place, message: "a character that no text file should hold (\(problem))", suggestion: "remove it")
        }
        let context = parser.context.map { String(cString: $0) + ": " } ?? ""
        // A quote that is never closed is found at the end of the file; where it opens is what helps.
        let place = line(context.contains("quoted scalar") ? parser.context_mark : parser.problem_mark)
        return problems.error(
            at: place, message: YAMLSyntaxHint.message(for: context + problem, in: text, at: place),
            suggestion: YAMLSyntaxHint.hint(for: problem, in: text, at: place))
    }

    private func line(_ mark: yaml_mark_t) -> SourceLine {
        SourceLine(line: Int(mark.line) + 1, column: Int(mark.column) + 1)
    }

    private func string(_ pointer: UnsafeMutablePointer<yaml_char_t>?) -> String? {
        pointer.map { String(cString: $0) }
    }

    private func style(_ style: yaml_scalar_style_t) -> YAMLScalarStyle {
        switch style {
        case YAML_SINGLE_QUOTED_SCALAR_STYLE: .singleQuoted
        case YAML_DOUBLE_QUOTED_SCALAR_STYLE: .doubleQuoted
        case YAML_LITERAL_SCALAR_STYLE: .literal
        case YAML_FOLDED_SCALAR_STYLE: .folded
        default: .plain
        }
    }
}
