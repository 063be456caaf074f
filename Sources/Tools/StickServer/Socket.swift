internal import Glibc

/// Why the server cannot serve.
struct StickServerError: Error, CustomStringConvertible {
    let description: String

    init(_ what: String) { description = what }

    init(_ what: String, errno number: Int32) {
        description = "\(what): \(String(cString: strerror(number)))"
    }
}

/// A TCP socket that never blocks.
final class Socket {
    let descriptor: Int32

    /// Listens at `address`, such as `127.0.0.1:3240`; port 0 takes a free one.
    init(listeningAt address: String) throws(StickServerError) {
        let parts = address.split(separator: ":", omittingEmptySubsequences: false)
        var place = sockaddr_in()
        place.sin_family = sa_family_t(AF_INET)
        guard parts.count == 2, let port = UInt16(parts[1]),
            inet_pton(AF_INET, String(parts[0]), &place.sin_addr) == 1
        else { throw StickServerError("\(address) is no address such as 127.0.0.1:3240") }
        place.sin_port = port.bigEndian
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Socket.flags, 0)
        guard descriptor >= 0 else { throw StickServerError("socket", errno: errno) }
        var on: Int32 = 1
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, socklen_t(MemoryLayout<Int32>.size))
        let bound = withUnsafePointer(to: &place) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard bound == 0, listen(descriptor, 16) == 0 else { throw StickServerError(address, errno: errno) }
    }

    /// The connection that waits at a listening socket, if any.
    init?(acceptedFrom listener: Socket) {
        let accepted = accept(listener.descriptor, nil, nil)
        guard accepted >= 0 else { return nil }
        _ = fcntl(accepted, F_SETFL, O_NONBLOCK)
        _ = fcntl(accepted, F_SETFD, FD_CLOEXEC)
        descriptor = accepted
        var on: Int32 = 1
        setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
    }

    deinit { close(descriptor) }

    private static let flags = Int32(SOCK_NONBLOCK.rawValue) | Int32(SOCK_CLOEXEC.rawValue)

    /// The port that it listens at.
    var port: UInt16 {
        var place = sockaddr_in()
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        _ = withUnsafeMutablePointer(to: &place) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &size) }
        }
        return UInt16(bigEndian: place.sin_port)
    }

    /// What has arrived: nothing yet is empty, the end is `nil`.
    func read() -> [UInt8]? {
        var buffer = [UInt8](repeating: 0, count: 16_384)
        let count = recv(descriptor, &buffer, buffer.count, 0)
        if count > 0 { return Array(buffer[..<count]) }
        return count < 0 && (errno == EAGAIN || errno == EINTR) ? [] : nil
    }

    /// Sends what can be sent now and drops it from `bytes`; `false` when the connection is broken.
    func write(_ bytes: inout [UInt8]) -> Bool {
        guard !bytes.isEmpty else { return true }
        let count = send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL))
        if count > 0 { bytes.removeFirst(count) }
        return count >= 0 || errno == EAGAIN || errno == EINTR
    }
}
