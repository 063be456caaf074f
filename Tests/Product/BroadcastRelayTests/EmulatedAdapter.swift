import BroadcastRelay
import Glibc
import HCI
import PacketSocket
import Reactor
import Wire

/// An adapter behind a pair of sockets: answers commands as a controller does, and reports what a test wants.
@Reactor
final class EmulatedAdapter {
    let adapter: HCIAdapter
    private(set) var isScanning = false
    private(set) var opens = 0
    /// Packets that found no room: the helper did not read.
    private(set) var lost = 0
    private var socket: PacketSocket?
    private var source: EventSource?

    nonisolated init(number: UInt16 = 0, address: UInt64) {
        adapter = HCIAdapter(number: number, address: address, isUp: true)
    }

    /// A new raw socket for the helper.
    func open() throws(HCIError) -> HCISocket {
        opens += 1
        var ends: [Int32] = [0, 0]
        guard socketpair(AF_UNIX, Int32(SOCK_SEQPACKET.rawValue), 0, &ends) == 0 else { throw .io(errno) }
        var bytes: Int32 = 4 << 20
        setsockopt(ends[0], SOL_SOCKET, SO_SNDBUF, &bytes, socklen_t(MemoryLayout<Int32>.size))
        close()
        let socket = PacketSocket(adopting: ends[0])
        self.socket = socket
        source = EventSource.descriptor(ends[0], .read) { [unowned self] _ in answer() }
        return HCISocket(adopting: ends[1])
    }

    /// The adapter is pulled. What the helper sent last is read first: with bytes unread a pair of sockets
    /// would end with an error of its own, which an adapter's socket does not.
    func close() {
        var buffer = [UInt8](repeating: 0, count: 300)
        while let socket, (try? socket.receive(into: &buffer)) != nil {}
        source?.cancel()
        (source, socket, isScanning) = (nil, nil, false)
    }

    private func answer() {
        var buffer = [UInt8](repeating: 0, count: 300)
        while let socket {
            do throws(PacketSocketError) {
                guard let count = try socket.receive(into: &buffer) else { return }
                if count >= 4 { obey(Array(buffer[..<count])) }
            } catch {
                return close()  // The helper closed its end.
            }
        }
    }

    private func obey(_ command: [UInt8]) {
        let opcode = UInt16(command[1]) | UInt16(command[2]) << 8
        if opcode == 0x200C { isScanning = command[4] != 0 }
        let supported: [UInt8] = opcode == 0x1002 ? [UInt8](repeating: 0, count: 64) : []
        let answer: [UInt8] = [1, command[1], command[2], 0] + supported
        deliver([0x04, 0x0E, UInt8(answer.count)] + answer)
    }

    /// Somebody else switches the scan off.
    func disturb() {
        isScanning = false
        deliver([0x04, 0x0E, 4, 1, 0x0C, 0x20, 0])
    }

    /// One legacy report, if the scan is on.
    func report(_ sensor: UInt64, _ data: [UInt8], strength: Int8 = -60) {
        guard isScanning else { return }
        let address = (0..<6).map { UInt8(truncatingIfNeeded: sensor >> (8 * UInt64($0))) }
        let report = [0, 1] + address + [UInt8(data.count)] + data + [UInt8(bitPattern: strength)]
        deliver([0x04, 0x3E, UInt8(report.count + 2), 0x02, 1] + report)
    }

    private func deliver(_ packet: [UInt8]) {
        guard let socket else { return }
        if (try? socket.send(packet)) != true { lost += 1 }
    }
}
