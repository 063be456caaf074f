internal import Simulation
internal import Wire

/// The sticks that are served, and everything that can happen to them.
struct StickBus {
    var sticks: [ServedStick]
    private var nextNumber: Int
    /// Messages that were on the air.
    private(set) var onAir = 0

    init(_ emulators: [StickEmulator]) {
        sticks = emulators.enumerated().map { ServedStick($0.element, index: $0.offset) }
        nextNumber = 2 + emulators.count
    }

    var sockets: [String] { sticks.map(\.socket) }
    var isScanning: Bool { sticks.contains { $0.emulator.isScanning } }

    func index(of socket: String) -> Int? { sticks.firstIndex { $0.socket == socket } }

    /// A sensor sends.
    mutating func hear(_ frame: Frame) {
        onAir += 1
        for index in sticks.indices where sticks[index].isAttached { sticks[index].emulator.hear(frame) }
    }

    /// A transfer of a log is on its way to the host, as it was.
    mutating func say(_ bytes: [UInt8], at time: Instant) {
        for index in sticks.indices where sticks[index].isAttached && sticks[index].emulator.isScanning {
            sticks[index].emulator.say(bytes, at: time)
        }
    }

    mutating func plug(_ index: Int) {
        sticks[index].plug(number: nextNumber)
        nextNumber += 1
    }
}
