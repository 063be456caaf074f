import Files

/// Writes a file from start to end, packed as its name says: `.zst`, `.gz`, or as it is.
///
/// Call ``close()`` at the end: without it a packed file lacks its last bytes, and readers say so.
public struct CompressedWriter: ~Copyable {
    private static let bufferByteCount = 128 << 10

    private let file: File
    private let buffer: UnsafeMutableRawBufferPointer
    /// `nil` for a plain file.
    private let encoder: (any StreamEncoder)?
    private var isClosed = false

    /// Creates the file or empties the one that is there.
    public init(path: String) throws(CompressionError) {
        do throws(FileError) {
            file = try File(writing: path)
        } catch {
            throw .file(error)
        }
        buffer = .allocate(byteCount: Self.bufferByteCount, alignment: 16)
        switch CompressionFormat(path: path) {
        case .plain: encoder = nil
        case .zstd: encoder = ZstdEncoder()
        case .gzip: encoder = GzipEncoder()
        }
    }

    deinit { buffer.deallocate() }

    public var path: String { file.path }

    /// Takes bytes in. When they reach the file is up to the encoder.
    public mutating func write(_ bytes: UnsafeRawBufferPointer) throws(CompressionError) {
        try encode(bytes, .more)
    }

    /// Brings everything so far into the file, readable. Costs compression; not for every line.
    public mutating func flush() throws(CompressionError) {
        try encode(UnsafeRawBufferPointer(start: buffer.baseAddress, count: 0), .flush)
    }

    /// Completes the file. Closing twice does nothing.
    public mutating func close() throws(CompressionError) {
        guard !isClosed else { return }
        try encode(UnsafeRawBufferPointer(start: buffer.baseAddress, count: 0), .finish)
        isClosed = true
    }

    private func encode(_ bytes: UnsafeRawBufferPointer, _ goal: EncodeGoal) throws(CompressionError) {
        precondition(!isClosed, "Written after close.")
        guard let encoder else { return try put(bytes) }
        var rest = bytes[...]
        while true {
            let step = encoder.step(UnsafeRawBufferPointer(rebasing: rest), into: buffer, goal)
            rest = rest.dropFirst(step.consumed)
            try put(UnsafeRawBufferPointer(rebasing: buffer[..<step.produced]))
            if step.isComplete || goal == .more && rest.isEmpty && step.produced < buffer.count { return }
        }
    }

    private func put(_ bytes: UnsafeRawBufferPointer) throws(CompressionError) {
        do throws(FileError) {
            try file.write(bytes)
        } catch {
            throw .file(error)
        }
    }
}
