/// The parsers of lines without a file around them: what a fuzzer feeds.
package struct LineParsers {
    package private(set) var sources = SourceTable()
    private var monitor = USBMonitorText()

    package init() {}

    /// Gives one line to the parser of each format, and tells whether it is a line of a capture.
    package mutating func parse(_ line: UnsafeRawBufferPointer) -> Bool {
        _ = try? monitor.add(line, number: 1)
        _ = try? HeaderLine.header(line)
        _ = try? USBLog.transfer(line)
        return (try? CaptureLine.read(line, &sources)) != nil
    }
}
