import HCIHost
import PacketSocket
import Reactor
import Wire

/// A daemon at the other end of the socket.
@Reactor
final class RelayConnection {
    private(set) var queue: ReportQueue
    private let socket: PacketSocket
    private var source: EventSource?
    private var filter = AdvertisementFilter()
    private var packet: [UInt8] = []
    private var isWaiting = false
    private let ended: @Reactor (RelayConnection) -> Void

    /// Packets that a daemon may send in one turn.
    private static let packetsInTurn = 16

    /// - Parameters:
    ///   - socket: The connection.
    ///   - ended: Called once, when the daemon has gone.
    init(_ socket: PacketSocket, ended: @escaping @Reactor (RelayConnection) -> Void) {
        (self.socket, self.ended) = (socket, ended)
        queue = ReportQueue()
        packet.reserveCapacity(RelayPacket.maximumBytes)
        source = EventSource.descriptor(socket.descriptor, .read) { [unowned self] ready in
            if !ready.isDisjoint(with: [.read, .error]) { receive() }
            if ready.contains(.write) { flush() }
        }
    }

    func close() {
        source?.cancel()
        source = nil
    }

    /// Passes a report on if the daemon wants it; waits in the queue while the daemon is slow.
    func send(_ report: RelayPacket.Report) {
        guard source != nil, filter.passes(report.advertising.data) else { return }
        if queue.isEmpty, write(.report(report)) { return }
        queue.append(report)
        wait()
    }

    /// Tells how an adapter is; left out while the daemon is slow, since the next one says the same.
    func send(_ status: RelayPacket.Status) {
        guard source != nil, queue.isEmpty else { return }
        var status = status
        status.dropped = queue.dropped
        _ = write(.status(status))
    }

    private func wait() {
        guard !isWaiting else { return }
        isWaiting = true
        source?.setInterest([.read, .write])
    }

    private func flush() {
        while let report = queue.first {
            guard write(.report(report)) else { return }
            queue.removeFirst()
        }
        isWaiting = false
        source?.setInterest(.read)
    }

    /// `false` when there is no room now.
    private func write(_ content: RelayPacket) -> Bool {
        content.write(to: &packet)
        do throws(PacketSocketError) {
            return try socket.send(packet)
        } catch {
            end()
            return true  // It is gone, and so is everything for it.
        }
    }

    /// Tells it later, since whoever sends goes through the list of connections just now.
    private func end() {
        guard source != nil else { return }
        close()
        Reactor.schedule(afterMicroseconds: 0) { [self] in ended(self) }
    }

    private func receive() {
        var buffer = [UInt8](repeating: 0, count: RelayPacket.maximumBytes)
        for _ in 0..<Self.packetsInTurn {
            do throws(PacketSocketError) {
                guard let count = try socket.receive(into: &buffer) else { return }
                let content = buffer.withUnsafeBytes {
                    RelayPacket(UnsafeRawBufferPointer(rebasing: $0[..<count]))
                }
                if case .filter(let filter) = content { self.filter = filter }
            } catch {
                return end()
            }
        }
    }
}
