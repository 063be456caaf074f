internal import CHCI
internal import Glibc

/// A raw HCI socket on one adapter: sees every event of the controller and every command of the kernel,
/// beside bluetoothd, and may send commands. One owner; `deinit` closes it.
///
/// - Source: the kernel's `net/bluetooth/hci_sock.c`.
public final class HCISocket: Sendable {
    /// To wait for; stays this value's.
    public let descriptor: Int32

    /// The longest packet: type, code, length, 255 bytes. Data packets are filtered.
    public static let packetMaximum = 258

    /// Room for a second of 1,000 reports while the process does not run; each takes some 800 bytes of the
    /// kernel's.
    private static let bufferBytes: Int32 = 1 << 20

    /// Binds to an adapter, for events and commands.
    ///
    /// - Parameter adapter: Which.
    /// - Throws: ``HCIError``.
    public init(_ adapter: HCIAdapter) throws(HCIError) {
        let descriptor = try Self.make()
        self.descriptor = descriptor  // From here on deinit closes it.
        // The capability to go beyond the limit of the system may be missing; then it is the limit.
        var bytes = Self.bufferBytes
        let size = socklen_t(MemoryLayout<Int32>.size)
        if setsockopt(descriptor, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, size) != 0 {
            setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &bytes, size)
        }
        // Packet types 1 (commands) and 4 (events); events 0E, 0F, 3E: done, begun, of LE.
        var filter = hci_filter(
            type_mask: 1 << 1 | 1 << 4,
            event_mask: (1 << 0x0E | 1 << 0x0F, 1 << 0x1E),
            opcode: 0
        )
        let filterSize = socklen_t(MemoryLayout<hci_filter>.size)
        guard setsockopt(descriptor, SOL_HCI, HCI_FILTER, &filter, filterSize) == 0,
            hci_bind_raw(descriptor, adapter.number) == 0
        else { throw HCIError(code: errno) }
    }

    /// Takes over any socket that keeps packets apart, such as one half of a pair.
    public init(adopting descriptor: Int32) { self.descriptor = descriptor }

    deinit { close(descriptor) }

    static func make() throws(HCIError) -> Int32 {
        let kind = Int32(SOCK_RAW.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue)
        let descriptor = socket(AF_BLUETOOTH, kind, BTPROTO_HCI)
        guard descriptor >= 0 else { throw HCIError(code: errno) }
        return descriptor
    }

    /// Reads one packet.
    ///
    /// - Parameter buffer: Room for ``packetMaximum``.
    /// - Returns: Its length; `nil` when none waits.
    /// - Throws: ``HCIError`` when the adapter is gone.
    public func receive(into buffer: inout [UInt8]) throws(HCIError) -> Int? {
        while true {
            let count = recv(descriptor, &buffer, buffer.count, Int32(MSG_DONTWAIT))
            if count > 0 { return count }
            if count == 0 { throw .gone }
            switch errno {
            case EINTR: continue
            case EAGAIN: return nil
            default: throw HCIError(code: errno)
            }
        }
    }

    /// Sends one packet.
    public func send(_ packet: [UInt8]) throws(HCIError) {
        while true {
            let flags = Int32(MSG_DONTWAIT | MSG_NOSIGNAL)
            let count = Glibc.send(descriptor, packet, packet.count, flags)
            if count >= 0 { return }
            guard errno == EINTR else { throw HCIError(code: errno) }
        }
    }
}
