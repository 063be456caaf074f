import Glibc

/// TCP ports of this machine's loopback address.
enum Loopback {
    /// A port that nobody listens on right now.
    static func freePort() throws(DemoFailure) -> UInt16 {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard listener >= 0 else { throw .system("socket", "for a free port", errno) }
        defer { close(listener) }
        var address = address(port: 0)
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listener, $0, length) == 0 && getsockname(listener, $0, &length) == 0
            }
        }
        guard isBound else { throw .system("bind", "127.0.0.1", errno) }
        return UInt16(bigEndian: address.sin_port)
    }

    /// Whether somebody takes a connection.
    static func accepts(_ port: UInt16) -> Bool {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        var address = address(port: port)
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
    }

    private static func address(port: UInt16) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        return address
    }
}

/// Makes a directory and those above it; fine when it is there.
func makeDirectory(_ path: String) throws(DemoFailure) {
    if mkdir(path, 0o755) == 0 || errno == EEXIST { return }
    guard errno == ENOENT, let slash = path.lastIndex(of: "/"), slash > path.startIndex else {
        throw .system("mkdir", path, errno)
    }
    try makeDirectory(String(path[..<slash]))
    if mkdir(path, 0o755) != 0 { throw .system("mkdir", path, errno) }
}

/// The bytes of a small file.
func read(_ path: String) throws(DemoFailure) -> [UInt8] {
    let descriptor = open(path, O_RDONLY)
    guard descriptor >= 0 else { throw .system("open", path, errno) }
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 4096)
    while true {
        let count = Glibc.read(descriptor, &buffer, buffer.count)
        if count == 0 { return bytes }
        guard count > 0 else { throw .system("read", path, errno) }
        bytes += buffer[..<count]
    }
}

/// Replaces a file.
func write(_ bytes: [UInt8], to path: String) throws(DemoFailure) {
    let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0o644)
    guard descriptor >= 0 else { throw .system("open", path, errno) }
    defer { close(descriptor) }
    var rest = bytes[...]
    while !rest.isEmpty {
        let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
        guard count > 0 else { throw .system("write", path, errno) }
        rest = rest.dropFirst(count)
    }
}

/// Replaces a text file.
func write(_ text: String, to path: String) throws(DemoFailure) { try write(Array(text.utf8), to: path) }
