import Files
import TestSupport
import Testing

@Suite struct FileTests {
    @Test("What was written is read back, and the limit holds to the byte")
    func roundTrip() throws {
        let directory = TemporaryDirectory()
        let path = directory.file("a")
        let bytes = (0..<200_000).map { UInt8(truncatingIfNeeded: $0 / 7) }
        try write(bytes, to: path)
        #expect(try File.contents(of: path, limit: 200_000) == bytes)
        do {
            _ = try File.contents(of: path, limit: 199_999)
            Issue.record("The limit did not hold.")
        } catch {
            #expect(error.condition == .tooLarge)
            #expect(error.path == path)
        }
    }

    @Test("A missing file is told apart from other failures")
    func missing() {
        do {
            _ = try File(reading: "/nonexistent/file")
            Issue.record("It opened.")
        } catch {
            #expect(error.condition == .missing)
            #expect(error.description == "/nonexistent/file: open: No such file or directory")
        }
    }

    @Test("Names of a directory come in the order of their bytes")
    func names() throws {
        let directory = TemporaryDirectory()
        for name in ["b", "B", "ä", "10", "9"] { try write([], to: directory.file(name)) }
        #expect(try Directory.names(in: directory.path) == ["10", "9", "B", "b", "ä"])
    }

    @Test("The directory of a path", arguments: [("a/b", "a"), ("/a", "/"), ("a", "."), ("/a/b/c", "/a/b")])
    func directoryPart(path: String, expected: String) {
        #expect(Directory.of(path) == expected)
    }

    private func write(_ bytes: [UInt8], to path: String) throws {
        let file = try File(writing: path)
        try bytes.withUnsafeBytes { try file.write($0) }
    }
}
