/// The bytes of one frame as received, stored in place: no heap, fixed size, at most ``capacity`` bytes.
///
/// - Note: 244 bytes are the largest notification under an ATT MTU of 247, the largest that fits one
///   link-layer packet. Longer ones do not become payloads; whoever receives them counts them.
public struct Payload: Sendable {
    public static let capacity = 248

    private typealias Words = (
        SIMD8<UInt64>, SIMD8<UInt64>, SIMD8<UInt64>, SIMD4<UInt64>, SIMD2<UInt64>, UInt64
    )
    private var words: Words
    private var length: UInt8

    /// No bytes.
    public init() {
        words = (.zero, .zero, .zero, .zero, .zero, 0)
        length = 0
    }

    /// Copies `bytes`, or returns `nil` when there are more than ``capacity``.
    public init?(_ bytes: some Collection<UInt8>) {
        let count = bytes.count
        guard count <= Self.capacity else { return nil }
        self.init()
        length = UInt8(count)
        withUnsafeMutableBytes(of: &words) { $0.copyBytes(from: bytes) }
    }

    /// The eight bytes of an ANT page, least significant byte first.
    public init(packed word: UInt64) {
        self.init()
        words.0[0] = UInt64(littleEndian: word)
        length = 8
    }

    /// The bytes as ``init(packed:)`` takes them; `nil` when they are not eight.
    public var packed: UInt64? { length == 8 ? UInt64(littleEndian: words.0[0]) : nil }

    public var count: Int { Int(length) }
    public var isEmpty: Bool { length == 0 }

    /// The byte at `index`.
    ///
    /// - Precondition: `0 ≤ index < count`; decoders go through ``ByteReader``, which checks instead.
    public subscript(index: Int) -> UInt8 {
        precondition(index >= 0)
        precondition(index < count)
        return withUnsafeBytes(of: words) { $0[index] }
    }

    /// A copy of the bytes in `range`.
    ///
    /// - Precondition: `range` lies within `0..<count`.
    public subscript(range: Range<Int>) -> Payload {
        precondition(range.lowerBound >= 0)
        precondition(range.upperBound <= count)
        var part = Payload()
        part.length = UInt8(range.count)
        withBytes { bytes in
            withUnsafeMutableBytes(of: &part.words) {
                $0.copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[range]))
            }
        }
        return part
    }

    /// Appends one byte; returns `false`, changing nothing, when the payload is full.
    @discardableResult
    public mutating func append(_ byte: UInt8) -> Bool {
        guard count < Self.capacity else { return false }
        let index = count
        withUnsafeMutableBytes(of: &words) { $0[index] = byte }
        length += 1
        return true
    }

    /// Lends the bytes without copying them.
    public func withBytes<Result, Failure: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        // A typed-throws twin of withUnsafeBytes(of:), which Swift 6.0 declares with rethrows only.
        var result: Swift.Result<Result, Failure>?
        withUnsafeBytes(of: words) { all in
            do throws(Failure) {
                result = .success(try body(UnsafeRawBufferPointer(rebasing: all[..<count])))
            } catch {
                result = .failure(error)
            }
        }
        return try result!.get()
    }

    /// A copy on the heap, for tests, captures and logs.
    public var bytes: [UInt8] { withBytes { Array($0) } }
}

extension Payload: Hashable {
    public static func == (lhs: Self, rhs: Self) -> Bool {
        lhs.withBytes { left in rhs.withBytes { right in left.elementsEqual(right) } }
    }

    public func hash(into hasher: inout Hasher) { withBytes { hasher.combine(bytes: $0) } }
}
