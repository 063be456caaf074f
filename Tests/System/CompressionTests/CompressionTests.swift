import Compression
import Files
import TestSupport
import Testing

@Suite struct CompressionTests {
    static let names = ["a.zst", "a.gz", "a.ndjson"]
    /// Compressible, and longer than every buffer on the way.
    static let sample = (0..<700_000).map { UInt8(truncatingIfNeeded: $0 &* $0 / 3001) }

    @Test("What was written is read back, whatever the pieces", arguments: names)
    func roundTrip(name: String) throws {
        let directory = TemporaryDirectory()
        let path = directory.file(name)
        var writer = try CompressedWriter(path: path)
        for start in stride(from: 0, to: Self.sample.count, by: 9_999) {
            try Self.sample[start..<min(start + 9_999, Self.sample.count)].withUnsafeBytes {
                try writer.write($0)
            }
        }
        try writer.close()
        try writer.close()
        #expect(try contents(path, pieces: 1 << 20) == Self.sample)
        #expect(try contents(path, pieces: 1_000) == Self.sample)
    }

    @Test("What was flushed is readable before the file is closed", arguments: names)
    func flush(name: String) throws {
        let directory = TemporaryDirectory()
        let path = directory.file(name)
        var writer = try CompressedWriter(path: path)
        try Self.sample[..<1_000].withUnsafeBytes { try writer.write($0) }
        try writer.flush()
        var reader = try CompressedReader(path: path)
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 2_000, alignment: 1)
        defer { buffer.deallocate() }
        let count = try reader.read(into: buffer)
        #expect(Array(buffer.prefix(count)) == Array(Self.sample[..<1_000]))
        try writer.close()
    }

    @Test("Two files one behind the other read as one", arguments: ["a.zst", "a.gz"])
    func members(name: String) throws {
        let directory = TemporaryDirectory()
        let path = directory.file(name)
        try write([1, 2, 3], to: path)
        let packed = try File.contents(of: path, limit: 1 << 20)
        try replace(path, packed + packed)
        #expect(try contents(path, pieces: 100) == [1, 2, 3, 1, 2, 3])
    }

    @Test("Every truncation is an error that names the file", arguments: ["a.zst", "a.gz"])
    func truncated(name: String) throws {
        let directory = TemporaryDirectory()
        let path = directory.file(name)
        try write(Array(Self.sample[..<300]), to: path)
        let packed = try File.contents(of: path, limit: 1 << 20)
        for count in 0..<packed.count {
            try replace(path, Array(packed[..<count]))
            #expect(throws: CompressionError.truncated(path: path), "\(count) bytes") {
                try contents(path, pieces: 1 << 16)
            }
        }
    }

    @Test("Damage is an error that names the file", arguments: ["a.zst", "a.gz"])
    func corrupt(name: String) throws {
        let directory = TemporaryDirectory()
        let path = directory.file(name)
        try write(Array(Self.sample[..<3_000]), to: path)
        var packed = try File.contents(of: path, limit: 1 << 20)
        packed[packed.count / 2] ^= 0x55
        try replace(path, packed)
        do {
            _ = try contents(path, pieces: 1 << 16)
            Issue.record("The damage went unnoticed.")
        } catch CompressionError.corrupt(let damaged, let reason) {
            #expect(damaged == path)
            #expect(!reason.isEmpty)
        }
        try replace(path, Array("no compressed data at all".utf8))
        #expect(throws: CompressionError.self) { try contents(path, pieces: 1 << 16) }
    }

    @Test("A missing file keeps its reason")
    func missing() {
        do throws(CompressionError) {
            _ = try CompressedReader(path: "/nonexistent/a.zst")
            Issue.record("It opened.")
        } catch {
            guard case .file(let file) = error else {
                Issue.record("\(error)")
                return
            }
            #expect(file.condition == .missing)
        }
    }

    private func contents(_ path: String, pieces: Int) throws -> [UInt8] {
        var reader = try CompressedReader(path: path)
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: pieces, alignment: 1)
        defer { buffer.deallocate() }
        var bytes: [UInt8] = []
        while true {
            let count = try reader.read(into: buffer)
            if count == 0 { return bytes }
            bytes.append(contentsOf: buffer.prefix(count))
        }
    }

    private func write(_ bytes: [UInt8], to path: String) throws {
        var writer = try CompressedWriter(path: path)
        try bytes.withUnsafeBytes { try writer.write($0) }
        try writer.close()
    }

    private func replace(_ path: String, _ bytes: [UInt8]) throws {
        let file = try File(writing: path)
        try bytes.withUnsafeBytes { try file.write($0) }
    }
}
