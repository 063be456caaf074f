internal import Glibc

/// An open file. One owner; `deinit` closes it.
///
/// - Source: open(2), read(2), write(2), fstat(2). Interrupted calls are repeated.
public struct File: ~Copyable {
    public let path: String
    private let descriptor: Int32

    /// Opens an existing file for reading.
    public init(reading path: String) throws(FileError) {
        try self.init(path, O_RDONLY | O_CLOEXEC)
    }

    /// Creates the file, or empties the one that is there, for writing.
    ///
    /// - Parameters:
    ///   - path: Where.
    ///   - mode: The permissions of a new file, before the umask.
    /// - Throws: ``FileError`` when the directory does not allow it.
    public init(writing path: String, mode: UInt32 = 0o644) throws(FileError) {
        try self.init(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode)
    }

    private init(_ path: String, _ flags: Int32, _ mode: UInt32 = 0) throws(FileError) {
        let opened = open(path, flags, mode)
        guard opened >= 0 else { throw FileError(path: path, operation: "open", code: errno) }
        self.path = path
        descriptor = opened
    }

    deinit { close(descriptor) }

    /// Reads what is there, at most what fits, and returns how many bytes; 0 at the end of the file.
    public func read(into buffer: UnsafeMutableRawBufferPointer) throws(FileError) -> Int {
        while true {
            let count = Glibc.read(descriptor, buffer.baseAddress, buffer.count)
            if count >= 0 { return count }
            guard errno == EINTR else { throw failure("read") }
        }
    }

    /// Writes all bytes.
    public func write(_ bytes: UnsafeRawBufferPointer) throws(FileError) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let part = UnsafeRawBufferPointer(rebasing: rest)
            let count = Glibc.write(descriptor, part.baseAddress, part.count)
            if count >= 0 {
                rest = rest.dropFirst(count)
            } else if errno != EINTR {
                throw failure("write")
            }
        }
    }

    /// What fstat(2) tells.
    public struct Status: Hashable, Sendable {
        public var isRegular: Bool
        /// The twelve permission bits.
        public var permissions: UInt32
        public var byteCount: Int
    }

    public func status() throws(FileError) -> Status {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw failure("fstat") }
        return Status(
            isRegular: status.st_mode & S_IFMT == S_IFREG,
            permissions: status.st_mode & 0o7777,
            byteCount: Int(status.st_size)
        )
    }

    /// Reads to the end.
    ///
    /// - Parameter limit: The most bytes that are taken.
    /// - Returns: The bytes.
    /// - Throws: ``FileError``, with the condition `tooLarge` when there is more.
    public func contents(limit: Int) throws(FileError) -> [UInt8] {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 16)
        defer { buffer.deallocate() }
        var bytes: [UInt8] = []
        while true {
            let count = try read(into: buffer)
            if count == 0 { return bytes }
            guard bytes.count + count <= limit else {
                throw FileError(path: path, operation: "read", code: EFBIG)
            }
            bytes.append(contentsOf: buffer.prefix(count))
        }
    }

    private func failure(_ operation: String) -> FileError {
        FileError(path: path, operation: operation, code: errno)
    }
}

extension File {
    /// The whole file at `path`, at most `limit` bytes.
    public static func contents(of path: String, limit: Int) throws(FileError) -> [UInt8] {
        try File(reading: path).contents(limit: limit)
    }
}

/// Directories, as far as they are read here.
public enum Directory {
    /// The names in a directory, without `.` and `..`, in the order of their bytes.
    public static func names(in path: String) throws(FileError) -> [String] {
        guard let stream = opendir(path) else {
            throw FileError(path: path, operation: "opendir", code: errno)
        }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }

    /// The directory part of a path: `.` for a bare name.
    public static func of(_ path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }
}
