import Files

/// Reads a file from start to end, unpacked as its name says: `.zst`, `.gz`, or as it is.
///
/// Memory is flat: one buffer of packed bytes, and what the library keeps.
public struct CompressedReader: ~Copyable {
    private static let bufferByteCount = 128 << 10

    private let file: File
    private let buffer: UnsafeMutableRawBufferPointer
    /// What the file gave and the decoder did not take yet, as a range of ``buffer``.
    private var rest = 0..<0
    /// `nil` for a plain file.
    private let decoder: (any StreamDecoder)?
    /// Whether the packed data is complete as far as it was read.
    private var isComplete = false

    public init(path: String) throws(CompressionError) {
        do throws(FileError) {
            file = try File(reading: path)
        } catch {
            throw .file(error)
        }
        buffer = .allocate(byteCount: Self.bufferByteCount, alignment: 16)
        switch CompressionFormat(path: path) {
        case .plain: decoder = nil
        case .zstd: decoder = ZstdDecoder()
        case .gzip: decoder = GzipDecoder()
        }
    }

    deinit { buffer.deallocate() }

    public var path: String { file.path }

    /// Reads what there is, at most what fits.
    ///
    /// - Parameter output: Where the bytes go; not empty.
    /// - Returns: How many there are; 0 at the end of the file.
    /// - Throws: ``CompressionError``. What was read before stays good.
    public mutating func read(
        into output: UnsafeMutableRawBufferPointer
    ) throws(CompressionError) -> Int {
        guard let decoder else { return try fill(output) }
        while true {
            if rest.isEmpty { rest = 0..<(try fill(buffer)) }
            let isAtEnd = rest.isEmpty
            if isAtEnd, isComplete { return 0 }
            // At the end of the file the decoder may still hold bytes that found no room before.
            let step: CodecStep
            do throws(DecodeError) {
                step = try decoder.step(UnsafeRawBufferPointer(rebasing: buffer[rest]), into: output)
            } catch {
                throw .corrupt(path: path, reason: error.reason)
            }
            rest = rest.lowerBound + step.consumed..<rest.upperBound
            isComplete = step.isComplete
            if step.produced > 0 { return step.produced }
            if isAtEnd, !isComplete { throw .truncated(path: path) }
        }
    }

    private func fill(_ target: UnsafeMutableRawBufferPointer) throws(CompressionError) -> Int {
        do throws(FileError) {
            return try file.read(into: target)
        } catch {
            throw .file(error)
        }
    }
}
