import HCIHost
import Wire

/// A controller with broadcasters around it, a kernel that owns its scan, and a listener, in virtual time
/// with steps of a millisecond. It does what the lab saw a stock kernel do.
struct AirWorld {
    struct Controller {
        var isExtended = false
        var isScanning = false
        var hearsAll = true
        /// Reports each address once only, until the next enabling.
        var filtersAddresses = false
        var isPassive = false
        /// Answers nothing at all.
        var isHung = false
        /// Milliseconds from a command to its answer.
        var latency: ClosedRange<Int64> = 1...30
        /// That an answer is lost.
        var loss = 0.0
    }

    private enum Happening {
        case complete(opcode: UInt16, bytes: [UInt8], isOurs: Bool)
        case kernel([UInt8])
        case packet([UInt8])
    }

    var controller = Controller()
    /// Whether the listener's socket shows the kernel's commands.
    var showsCommands = true
    var broadcasters = 100
    private(set) var listener = Listener(name: "hci0")
    private(set) var now = Instant(nanoseconds: 50 * .second)
    private(set) var sent = 0
    private(set) var heard = 0
    /// The longest time in which nothing was heard, since ``resetGap()``.
    private(set) var longestGap: Nanoseconds = 0
    private(set) var log: [String] = []
    private(set) var isOpen = false
    /// Failures that opening meets, first one first.
    var openFailures: [Listener.Failure] = []
    private(set) var refusals = 0

    private var agenda: [(time: Instant, what: Happening)] = []
    private var random: SplitMix64
    private var lastHeard: Instant
    private var reported: Set<Int> = []

    init(seed: UInt64) {
        random = SplitMix64(seed: seed)
        lastHeard = now
    }

    // MARK: Time

    mutating func run(for span: Nanoseconds) {
        let end = now + span
        while now < end {
            now = now + .millisecond
            while let first = agenda.first, first.time <= now {
                agenda.removeFirst()
                happen(first.what)
            }
            broadcast()
            if let wake = listener.nextWake, wake <= now { listener.advance(to: now) }
            carryOut()
        }
        longestGap = max(longestGap, now - lastHeard)
    }

    mutating func resetGap() { (longestGap, lastHeard) = (0, now) }

    /// Each broadcaster ten times a second, evenly spread.
    private mutating func broadcast() {
        let first = Int(now.nanoseconds / .millisecond % 100)
        for number in stride(from: first, to: broadcasters, by: 100) {
            sent += 1
            guard controller.isScanning, controller.hearsAll, !controller.isHung else { continue }
            if controller.filtersAddresses, !reported.insert(number).inserted { continue }
            let address: [UInt8] = [UInt8(number & 0xFF), UInt8(number >> 8), 0, 0xEE, 0xFF, 0xC0]
            let report = AdvertisingReportTests.legacy(address: address)
            deliver([0x04, 0x3E, UInt8(report.count + 2), 0x02, 1] + report)
        }
    }

    private mutating func deliver(_ packet: [UInt8]) {
        var count = 0
        packet.withUnsafeBytes { listener.receive($0, at: now) { _ in count += 1 } }
        if count > 0 {
            heard += count
            longestGap = max(longestGap, now - lastHeard)
            lastHeard = now
        }
        carryOut()
    }

    // MARK: The listener

    mutating func appear() {
        listener.appeared(at: now)
        carryOut()
    }

    mutating func leave() {
        listener.gone()
        carryOut()
        controller.isScanning = false
    }

    mutating func stop() {
        listener.stop()
        carryOut()
    }

    mutating func fail(_ failure: Listener.Failure) {
        listener.failed(failure, at: now)
        carryOut()
    }

    private mutating func carryOut() {
        var commands: [Listener.Command] = []
        while !listener.commands.isEmpty {
            listener.takeCommands(into: &commands)
            for command in commands {
                switch command {
                case .open where openFailures.isEmpty:
                    isOpen = true
                    listener.opened(at: now)
                case .open: listener.failed(openFailures.removeFirst(), at: now)
                case .close: isOpen = false
                case .send(let packet): take(packet, isOurs: true)
                case .log(_, let text): log.append(text)
                }
            }
        }
    }

    // MARK: The kernel

    private mutating func later(_ delay: Nanoseconds, _ what: Happening) {
        let time = now + delay
        let place = agenda.firstIndex { $0.time > time } ?? agenda.count
        agenda.insert((time, what), at: place)
    }

    /// bluetoothd starts to discover: whatever scan there is ends, and one with a filter begins.
    mutating func startDiscovery() {
        kernel(after: 0, enable(false))
        kernel(after: 20, parameters(acceptList: false))
        kernel(after: 40, enable(true, filtered: true))
    }

    mutating func stopDiscovery() { kernel(after: 0, enable(false)) }

    /// bluetoothd connects: the scan is narrowed to one sensor, then ends, then the link is made. Discovery
    /// has been stopped before.
    mutating func connect(found: Int64 = 400, made: Int64 = 150) {
        kernel(after: 0, enable(false))
        kernel(after: 10, parameters(acceptList: true))
        kernel(after: 20, enable(true, filtered: true))
        kernel(after: found, enable(false))
        kernel(after: found + 20, [0x01, 0x0D, 0x20, 0])
        later((found + 20 + made) * .millisecond, .packet([0x04, 0x3E, 1, 0x01]))
    }

    private func enable(_ on: Bool, filtered: Bool = false) -> [UInt8] {
        let flags: [UInt8] = [on ? 1 : 0, filtered ? 1 : 0]
        return controller.isExtended
            ? [0x01, 0x42, 0x20, 6] + flags + [0, 0, 0, 0] : [0x01, 0x0C, 0x20, 2] + flags
    }

    private func parameters(acceptList: Bool) -> [UInt8] {
        let policy: UInt8 = acceptList ? 1 : 0
        return controller.isExtended
            ? [0x01, 0x41, 0x20, 8, 0, policy, 1, 1, 0x60, 0, 0x30, 0]
            : [0x01, 0x0B, 0x20, 7, 1, 0x60, 0, 0x30, 0, 0, policy]
    }

    private mutating func kernel(after milliseconds: Int64, _ packet: [UInt8]) {
        later(milliseconds * .millisecond, .kernel(packet))
    }

    // MARK: The controller

    private mutating func happen(_ what: Happening) {
        switch what {
        case .kernel(let packet):
            if showsCommands, isOpen { deliver(packet) }
            take(packet, isOurs: false)
        case .packet(let packet): if isOpen { deliver(packet) }
        case .complete(let opcode, let bytes, let isOurs):
            let status = obey(opcode, bytes)
            if isOurs, status != 0 { refusals += 1 }
            guard isOpen else { return }
            guard Double(random.next() % 1_000) >= controller.loss * 1_000 else { return }
            let low = UInt8(truncatingIfNeeded: opcode)
            if opcode == 0x200D { return deliver([0x04, 0x0F, 4, status, 1, low, 0x20]) }
            var answer: [UInt8] = [1, low, UInt8(opcode >> 8), status]
            if opcode == 0x1002 {
                var supported = [UInt8](repeating: 0, count: 64)
                if controller.isExtended { supported[37] = 0x60 }
                answer += supported
            }
            deliver([0x04, 0x0E, UInt8(answer.count)] + answer)
        }
    }

    private mutating func take(_ packet: [UInt8], isOurs: Bool) {
        guard !controller.isHung else { return }
        let width = UInt64(controller.latency.upperBound - controller.latency.lowerBound + 1)
        let delay = controller.latency.lowerBound + Int64(random.next() % width)
        let opcode = UInt16(packet[1]) | UInt16(packet[2]) << 8
        later(delay * .millisecond, .complete(opcode: opcode, bytes: packet, isOurs: isOurs))
    }

    /// The status of a command.
    private mutating func obey(_ opcode: UInt16, _ bytes: [UInt8]) -> UInt8 {
        switch opcode {
        case 0x200B where controller.isExtended, 0x200C where controller.isExtended: return 0x0C
        case 0x2041 where !controller.isExtended, 0x2042 where !controller.isExtended: return 0x01
        case 0x200C, 0x2042:
            controller.isScanning = bytes[4] != 0
            reported = []
            if bytes[5] == 0 { controller.filtersAddresses = false }
            return 0
        case 0x200B, 0x2041:
            guard !controller.isScanning else { return 0x0C }
            let policy = opcode == 0x200B ? bytes[10] : bytes[5]
            controller.hearsAll = policy == 0
            controller.isPassive = (opcode == 0x200B ? bytes[4] : bytes[7]) == 0
            return 0
        default: return 0
        }
    }
}
