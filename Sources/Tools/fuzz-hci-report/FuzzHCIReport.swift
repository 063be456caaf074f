import Fuzzing
import HCIHost
import Wire

/// Feeds arbitrary bytes to all that reads what a raw HCI socket and the helper's socket bring.
@main enum FuzzHCIReport {
    static func main() {
        Fuzzer.run { start, count in
            let bytes = UnsafeRawBufferPointer(UnsafeBufferPointer(start: start, count: count))
            FuzzHCIReport.read(bytes)
            FuzzHCIReport.listen(bytes)
            return 0
        }
    }

    /// Every report fits its event, and goes over the socket unchanged.
    private static func read(_ bytes: UnsafeRawBufferPointer) {
        var taken = 0
        let count = AdvertisingReports.read(bytes) { report in
            taken += 1
            precondition(report.data.count <= bytes.count, "More data than bytes.")
            var sent = report
            sent.isScanResponse = false
            let packet = RelayPacket.report(
                RelayPacket.Report(adapter: 1, time: Instant(nanoseconds: 2), advertising: sent)
            )
            let copy = packet.bytes.withUnsafeBytes { RelayPacket($0) }
            precondition(copy == packet, "A report changed on its way.")
            _ = AdvertisementFilter(companies: [0x006B], services: [0xFEED]).passes(report.data)
        }
        precondition(count == nil || count?.taken == taken)
        guard let packet = RelayPacket(bytes) else { return }
        precondition(packet.bytes.withUnsafeBytes { RelayPacket($0) } == packet, "A packet changed.")
    }

    /// Packets led by a byte with their length, to a listener that is listening.
    private static func listen(_ bytes: UnsafeRawBufferPointer) {
        var listener = Listener(name: "hci0")
        var now = Instant(nanoseconds: 0)
        listener.appeared(at: now)
        listener.opened(at: now)
        var rest = bytes[...]
        var commands: [Listener.Command] = []
        while let head = rest.popFirst() {
            let packet = UnsafeRawBufferPointer(rebasing: rest.prefix(Int(head)))
            rest = rest.dropFirst(packet.count)
            now = now + 100 * .millisecond
            listener.receive(packet, at: now) { _ in }
            listener.advance(to: now)
            listener.takeCommands(into: &commands)
            precondition(commands.count <= 8, "A packet makes many commands.")
        }
    }
}
