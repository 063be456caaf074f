internal import Glibc

/// Why a socket does not work, sorted by what helps.
public enum PacketSocketError: Error, Hashable, Sendable {
    /// Nobody listens there, or nothing is there. Try again later.
    case absent
    /// It is not this process's to use.
    case denied
    /// The other end has gone.
    case closed
    /// The path is longer than a socket's address.
    case pathTooLong
    /// Anything else: an `errno`.
    case io(Int32)

    init(code: Int32) {
        self =
            switch code {
            case ENOENT, ECONNREFUSED, EAGAIN: .absent
            case EPERM, EACCES: .denied
            case EPIPE, ECONNRESET, ENOTCONN: .closed
            default: .io(code)
            }
    }
}

extension PacketSocketError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .absent: "nobody listens there"
        case .denied: "not permitted"
        case .closed: "the other end has gone"
        case .pathTooLong: "the path is too long for a socket"
        case .io(let number): String(cString: strerror(number))
        }
    }
}

/// One end of a connection that keeps packets apart and never blocks. One owner; `deinit` closes it.
///
/// - Source: unix(7), SOCK_SEQPACKET.
public final class PacketSocket: Sendable {
    /// To wait for; stays this value's.
    public let descriptor: Int32

    /// Takes over a socket.
    public init(adopting descriptor: Int32) { self.descriptor = descriptor }

    /// Connects to whoever listens at `path`.
    public init(connectingTo path: String) throws(PacketSocketError) {
        descriptor = try makeSocket()
        let code = try withAddress(path) { connect(descriptor, $0, $1) }
        guard code == 0 else { throw PacketSocketError(code: errno) }
    }

    deinit { close(descriptor) }

    /// Two ends of one connection.
    public static func pair() throws(PacketSocketError) -> (PacketSocket, PacketSocket) {
        var ends: [Int32] = [0, 0]
        guard socketpair(AF_UNIX, socketKind, 0, &ends) == 0 else { throw PacketSocketError(code: errno) }
        return (PacketSocket(adopting: ends[0]), PacketSocket(adopting: ends[1]))
    }

    /// Reads one packet; of one that is longer than `buffer`, what fits.
    ///
    /// - Parameter buffer: Room for it.
    /// - Returns: Its length; `nil` when none waits.
    /// - Throws: `closed` when the other end has gone.
    public func receive(into buffer: inout [UInt8]) throws(PacketSocketError) -> Int? {
        while true {
            let count = recv(descriptor, &buffer, buffer.count, Int32(MSG_DONTWAIT))
            if count > 0 { return count }
            // Nobody sends empty packets here, so this is the end.
            if count == 0 { throw .closed }
            switch errno {
            case EINTR: continue
            case EAGAIN: return nil
            default: throw PacketSocketError(code: errno)
            }
        }
    }

    /// Sends one packet; `false` when there is no room for it now.
    public func send(_ packet: [UInt8]) throws(PacketSocketError) -> Bool {
        while true {
            let flags = Int32(MSG_DONTWAIT | MSG_NOSIGNAL)
            if Glibc.send(descriptor, packet, packet.count, flags) >= 0 { return true }
            switch errno {
            case EINTR: continue
            case EAGAIN, ENOBUFS: return false
            default: throw PacketSocketError(code: errno)
            }
        }
    }
}

/// Listens for connections at a path. One owner; `deinit` closes it and takes the path away.
public final class PacketListener: Sendable {
    /// To wait for; stays this value's.
    public let descriptor: Int32
    private let path: String

    private static let waitingMaximum: Int32 = 8

    /// Makes the socket at `path`; one that a dead process left there is replaced.
    ///
    /// - Parameters:
    ///   - path: Where, at most 107 bytes.
    ///   - mode: Who may connect: write permission is what counts.
    /// - Throws: ``PacketSocketError``; with `io(EADDRINUSE)` when somebody listens there.
    public init(path: String, mode: UInt32 = 0o660) throws(PacketSocketError) {
        descriptor = try makeSocket()
        self.path = path
        if (try? PacketSocket(connectingTo: path)) != nil { throw .io(EADDRINUSE) }
        unlink(path)
        let code = try withAddress(path) { bind(descriptor, $0, $1) }
        guard code == 0, chmod(path, mode) == 0, listen(descriptor, Self.waitingMaximum) == 0 else {
            throw PacketSocketError(code: errno)
        }
    }

    deinit {
        close(descriptor)
        unlink(path)
    }

    /// Takes the next connection; `nil` when nobody waits.
    public func accept() throws(PacketSocketError) -> PacketSocket? {
        while true {
            let connection = Glibc.accept(descriptor, nil, nil)
            if connection >= 0 {
                // Its calls do not block by their own flags.
                _ = fcntl(connection, F_SETFD, FD_CLOEXEC)
                return PacketSocket(adopting: connection)
            }
            switch errno {
            case EINTR, ECONNABORTED: continue
            case EAGAIN: return nil
            default: throw PacketSocketError(code: errno)
            }
        }
    }
}

private let socketKind = Int32(
    SOCK_SEQPACKET.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue
)

private func makeSocket() throws(PacketSocketError) -> Int32 {
    let descriptor = socket(AF_UNIX, socketKind, 0)
    guard descriptor >= 0 else { throw PacketSocketError(code: errno) }
    return descriptor
}

private func withAddress(
    _ path: String,
    _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32
) throws(PacketSocketError) -> Int32 {
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    let fits = withUnsafeMutableBytes(of: &address.sun_path) { room in
        // The last byte stays zero.
        guard path.utf8.count < room.count else { return false }
        room.copyBytes(from: path.utf8)
        return true
    }
    guard fits else { throw .pathTooLong }
    return withUnsafePointer(to: &address) {
        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
            body($0, socklen_t(MemoryLayout<sockaddr_un>.size))
        }
    }
}
