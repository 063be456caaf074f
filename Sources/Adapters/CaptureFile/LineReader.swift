internal import Compression
internal import Glibc

/// Splits a file into lines. One buffer, whatever the size of the file.
struct LineReader: ~Copyable {
    /// The longest line that is read. A header with the roster of 500 athletes has a tenth of it.
    static let lineByteCountMaximum = 1 << 20

    enum Line {
        /// Without its line feed; valid until the next call.
        case bytes(UnsafeRawBufferPointer)
        case tooLong
    }

    private var reader: CompressedReader
    private let buffer: UnsafeMutableRawBufferPointer
    /// What was read and not handed out yet, as a range of ``buffer``.
    private var rest = 0..<0
    private var isAtEnd = false
    /// The number of the newest line, counted from 1.
    private(set) var number = 0

    var path: String { reader.path }

    init(path: String) throws(CompressionError) {
        reader = try CompressedReader(path: path)
        buffer = .allocate(byteCount: Self.lineByteCountMaximum, alignment: 16)
    }

    deinit { buffer.deallocate() }

    /// The next line; `nil` at the end of the file.
    mutating func next() throws(CompressionError) -> Line? {
        var isTooLong = false
        var searched = 0
        while true {
            if let end = lineFeed(behind: searched) {
                let line = UnsafeRawBufferPointer(rebasing: buffer[rest.lowerBound..<end])
                rest = end + 1..<rest.upperBound
                number += 1
                return isTooLong ? .tooLong : .bytes(line)
            }
            searched = rest.count
            if isAtEnd {
                guard !rest.isEmpty || isTooLong else { return nil }
                let line = UnsafeRawBufferPointer(rebasing: buffer[rest])
                rest = 0..<0
                number += 1
                return isTooLong ? .tooLong : .bytes(line)
            }
            if rest.count == buffer.count {
                isTooLong = true
                (rest, searched) = (0..<0, 0)
            }
            try fill()
        }
    }

    private func lineFeed(behind searched: Int) -> Int? {
        let start = rest.lowerBound + searched
        guard start < rest.upperBound, let base = buffer.baseAddress,
            let found = memchr(base + start, 0x0A, rest.upperBound - start)
        else { return nil }
        return found - UnsafeMutableRawPointer(base)
    }

    private mutating func fill() throws(CompressionError) {
        if rest.lowerBound > 0, let base = buffer.baseAddress {
            memmove(base, base + rest.lowerBound, rest.count)
            rest = 0..<rest.count
        }
        let free = UnsafeMutableRawBufferPointer(rebasing: buffer[rest.upperBound...])
        let count = try reader.read(into: free)
        rest = 0..<rest.upperBound + count
        isAtEnd = count == 0
    }
}
