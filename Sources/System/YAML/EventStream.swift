internal import CYAML

/// One event of libyaml's parser as a Swift value.
struct Event {
    enum Kind {
        case stream
        case documentStart
        case documentEnd
        case streamEnd
        case alias
        case scalar(String, isQuoted: Bool)
        case listStart
        case listEnd
        case mapStart
        case mapEnd
    }

    var kind: Kind
    var mark: YAMLMark
    var hasAnchor = false
    var hasTag = false
}

/// What libyaml says about bytes that are no YAML.
struct SyntaxError: Error {
    var mark: YAMLMark
    /// libyaml's own words, in English.
    var problem: String
}

/// libyaml's parser over a copy of the bytes. One owner; `deinit` frees the parser and the copy.
///
/// - Source: yaml.h of libyaml 0.2.5, "Parser Definitions".
struct EventStream: ~Copyable {
    private let parser: UnsafeMutablePointer<yaml_parser_t>
    private let bytes: UnsafeMutableBufferPointer<UInt8>

    init(_ source: [UInt8]) {
        parser = .allocate(capacity: 1)
        bytes = .allocate(capacity: max(source.count, 1))  // A null pointer is no input to libyaml.
        _ = bytes.initialize(from: source)
        let isReady = yaml_parser_initialize(parser)
        precondition(isReady == 1, "Out of memory.")
        yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING)
        yaml_parser_set_input_string(parser, bytes.baseAddress, source.count)
    }

    deinit {
        yaml_parser_delete(parser)
        parser.deallocate()
        bytes.deallocate()
    }

    /// The next event. After the end of the stream or an error there is none to ask for.
    mutating func next() throws(SyntaxError) -> Event {
        var event = yaml_event_t()
        guard yaml_parser_parse(parser, &event) == 1 else { throw failure() }
        defer { yaml_event_delete(&event) }
        let mark = Self.mark(event.start_mark)
        switch event.type {
        case YAML_STREAM_START_EVENT: return Event(kind: .stream, mark: mark)
        case YAML_DOCUMENT_START_EVENT:
            let directives = event.data.document_start.tag_directives
            return Event(kind: .documentStart, mark: mark, hasTag: directives.start != directives.end)
        case YAML_DOCUMENT_END_EVENT: return Event(kind: .documentEnd, mark: mark)
        case YAML_ALIAS_EVENT: return Event(kind: .alias, mark: mark)
        case YAML_SCALAR_EVENT:
            let scalar = event.data.scalar
            let text = UnsafeBufferPointer(start: scalar.value, count: scalar.length)
            return Event(
                kind: .scalar(
                    String(decoding: text, as: UTF8.self),
                    isQuoted: scalar.style != YAML_PLAIN_SCALAR_STYLE
                ),
                mark: mark,
                hasAnchor: scalar.anchor != nil,
                hasTag: scalar.tag != nil
            )
        case YAML_SEQUENCE_START_EVENT:
            let list = event.data.sequence_start
            return Event(kind: .listStart, mark: mark, hasAnchor: list.anchor != nil, hasTag: list.tag != nil)
        case YAML_SEQUENCE_END_EVENT: return Event(kind: .listEnd, mark: mark)
        case YAML_MAPPING_START_EVENT:
            let map = event.data.mapping_start
            return Event(kind: .mapStart, mark: mark, hasAnchor: map.anchor != nil, hasTag: map.tag != nil)
        case YAML_MAPPING_END_EVENT: return Event(kind: .mapEnd, mark: mark)
        default: return Event(kind: .streamEnd, mark: mark)
        }
    }

    private func failure() -> SyntaxError {
        let state = parser.pointee
        let problem = state.problem.map { String(cString: $0) } ?? "out of memory"
        guard state.error == YAML_READER_ERROR else {
            return SyntaxError(mark: Self.mark(state.problem_mark), problem: problem)
        }
        // The reader knows no marks, only how many bytes it had read.
        let before = bytes.prefix(state.problem_offset)
        let line = before.reduce(1) { $1 == 0x0A ? $0 + 1 : $0 }
        let column = before.reversed().prefix { $0 != 0x0A }.count + 1
        return SyntaxError(mark: YAMLMark(line: line, column: column), problem: problem)
    }

    private static func mark(_ mark: yaml_mark_t) -> YAMLMark {
        YAMLMark(line: mark.line + 1, column: mark.column + 1)
    }
}
