internal import CZlib
internal import CZstd

/// What one step of a codec did.
struct CodecStep {
    var consumed: Int
    var produced: Int
    /// Decoding: the data is complete as far as it was read. Encoding: the goal is reached.
    var isComplete: Bool
}

/// What the library says about bytes that it cannot decode.
struct DecodeError: Error {
    var reason: String
}

/// A library's streaming decoder.
protocol StreamDecoder: AnyObject {
    /// Decodes what it can. After complete data the next begins by itself.
    func step(
        _ input: UnsafeRawBufferPointer,
        into output: UnsafeMutableRawBufferPointer
    ) throws(DecodeError) -> CodecStep
}

/// A library's streaming encoder.
protocol StreamEncoder: AnyObject {
    /// Encodes into `output` and tells how much of the input was taken, how much came out, and whether the
    /// goal is reached.
    func step(
        _ input: UnsafeRawBufferPointer,
        into output: UnsafeMutableRawBufferPointer,
        _ goal: EncodeGoal
    ) -> CodecStep
}

/// libzstd's streaming decoder. Memory is bounded by the largest window that it accepts, 128 MiB; files
/// of the default level need 2 MiB.
///
/// - Source: zstd.h 1.5, "Streaming decompression - HowTo".
final class ZstdDecoder: StreamDecoder {
    private let context: OpaquePointer

    init() {
        guard let context = ZSTD_createDCtx() else { preconditionFailure("Out of memory.") }
        self.context = context
    }

    deinit { ZSTD_freeDCtx(context) }

    func step(
        _ input: UnsafeRawBufferPointer,
        into output: UnsafeMutableRawBufferPointer
    ) throws(DecodeError) -> CodecStep {
        var source = ZSTD_inBuffer(src: input.baseAddress, size: input.count, pos: 0)
        var target = ZSTD_outBuffer(dst: output.baseAddress, size: output.count, pos: 0)
        let code = ZSTD_decompressStream(context, &target, &source)
        guard ZSTD_isError(code) == 0 else {
            throw DecodeError(reason: String(cString: ZSTD_getErrorName(code)))
        }
        return CodecStep(consumed: source.pos, produced: target.pos, isComplete: code == 0)
    }
}

/// zlib's streaming decoder for gzip files, which may have several members.
///
/// - Source: zlib.h 1.2.13, inflate().
final class GzipDecoder: StreamDecoder {
    private let stream: UnsafeMutablePointer<z_stream>
    private var isComplete = false

    init() {
        stream = .allocate(capacity: 1)  // zlib keeps a pointer back to it.
        stream.initialize(to: z_stream())
        // 15 bits of window, and 16 for the gzip header.
        let code = inflateInit2_(stream, 15 + 16, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
        precondition(code == Z_OK, "Out of memory.")
    }

    deinit {
        inflateEnd(stream)
        stream.deallocate()
    }

    func step(
        _ input: UnsafeRawBufferPointer,
        into output: UnsafeMutableRawBufferPointer
    ) throws(DecodeError) -> CodecStep {
        if isComplete, !input.isEmpty {
            inflateReset(stream)
            isComplete = false
        }
        stream.pointee.next_in = UnsafeMutableRawPointer(mutating: input.baseAddress)?
            .assumingMemoryBound(to: UInt8.self)
        stream.pointee.avail_in = UInt32(input.count)
        stream.pointee.next_out = output.baseAddress?.assumingMemoryBound(to: UInt8.self)
        stream.pointee.avail_out = UInt32(output.count)
        let code = inflate(stream, Z_NO_FLUSH)
        guard code == Z_OK || code == Z_STREAM_END || code == Z_BUF_ERROR else {
            throw DecodeError(reason: stream.pointee.msg.map { String(cString: $0) } ?? "zlib error \(code)")
        }
        isComplete = code == Z_STREAM_END
        return CodecStep(
            consumed: input.count - Int(stream.pointee.avail_in),
            produced: output.count - Int(stream.pointee.avail_out),
            isComplete: isComplete
        )
    }
}

/// How much an encoder is asked for.
enum EncodeGoal {
    /// Take the input in; what comes out is up to the library.
    case more
    /// Everything taken in so far must be readable from what came out.
    case flush
    /// Complete the file.
    case finish
}

/// libzstd's streaming encoder at its default level, with a checksum.
final class ZstdEncoder: StreamEncoder {
    private let context: OpaquePointer

    init() {
        guard let context = ZSTD_createCCtx() else { preconditionFailure("Out of memory.") }
        ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1)
        self.context = context
    }

    deinit { ZSTD_freeCCtx(context) }

    func step(
        _ input: UnsafeRawBufferPointer,
        into output: UnsafeMutableRawBufferPointer,
        _ goal: EncodeGoal
    ) -> CodecStep {
        var source = ZSTD_inBuffer(src: input.baseAddress, size: input.count, pos: 0)
        var target = ZSTD_outBuffer(dst: output.baseAddress, size: output.count, pos: 0)
        let directive =
            switch goal {
            case .more: ZSTD_e_continue
            case .flush: ZSTD_e_flush
            case .finish: ZSTD_e_end
            }
        let code = ZSTD_compressStream2(context, &target, &source, directive)
        precondition(ZSTD_isError(code) == 0, "Out of memory.")  // Nothing else can fail here.
        let isDone = goal == .more ? source.pos == source.size : code == 0
        return CodecStep(consumed: source.pos, produced: target.pos, isComplete: isDone)
    }
}

/// zlib's streaming encoder for gzip files, at its default level.
final class GzipEncoder: StreamEncoder {
    private let stream: UnsafeMutablePointer<z_stream>

    init() {
        stream = .allocate(capacity: 1)
        stream.initialize(to: z_stream())
        let code = deflateInit2_(
            stream,
            Z_DEFAULT_COMPRESSION,
            Z_DEFLATED,
            15 + 16,
            8,  // The documented default for the memory level.
            Z_DEFAULT_STRATEGY,
            ZLIB_VERSION,
            Int32(MemoryLayout<z_stream>.size)
        )
        precondition(code == Z_OK, "Out of memory.")
    }

    deinit {
        deflateEnd(stream)
        stream.deallocate()
    }

    func step(
        _ input: UnsafeRawBufferPointer,
        into output: UnsafeMutableRawBufferPointer,
        _ goal: EncodeGoal
    ) -> CodecStep {
        stream.pointee.next_in = UnsafeMutableRawPointer(mutating: input.baseAddress)?
            .assumingMemoryBound(to: UInt8.self)
        stream.pointee.avail_in = UInt32(input.count)
        stream.pointee.next_out = output.baseAddress?.assumingMemoryBound(to: UInt8.self)
        stream.pointee.avail_out = UInt32(output.count)
        let flush =
            switch goal {
            case .more: Z_NO_FLUSH
            case .flush: Z_SYNC_FLUSH
            case .finish: Z_FINISH
            }
        let code = deflate(stream, flush)
        let hasRoom = stream.pointee.avail_out > 0
        let isDone = goal == .finish ? code == Z_STREAM_END : stream.pointee.avail_in == 0 && hasRoom
        return CodecStep(
            consumed: input.count - Int(stream.pointee.avail_in),
            produced: output.count - Int(stream.pointee.avail_out),
            isComplete: isDone
        )
    }
}
