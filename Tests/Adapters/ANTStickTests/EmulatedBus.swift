import ANTHost
import Reactor
import Simulation
import USB
import Wire

@testable import ANTStick

/// Emulated sticks on a bus, in real time, and the straps that they hear.
@Reactor
final class EmulatedBus: StickListener {
    static let strapCount = 8
    /// One strap after the other, each four times a second.
    private static let airInterval = 250_000 / UInt64(strapCount)  // µs

    private(set) var sticks: ANTSticks!
    private(set) var lines: [String] = []
    /// The frames of each source, and when the newest one came.
    private(set) var frames: [SourceIndex: Int] = [:]
    private(set) var newest: [SourceIndex: UInt64] = [:]
    private(set) var transfers: [(plain: Bool, frames: Int, bytes: [UInt8])] = []
    private(set) var sources: [String] = []
    var devices: [String: EmulatedDevice] = [:]
    private var air: EventSource?
    private var strap: UInt32 = 0
    private var number = 1

    init(_ settings: ANTSticks.Settings = .scanning) {
        sticks = ANTSticks(settings: settings, listener: self) { [unowned self] in
            EmulatedPort($0, on: self)
        }
        air = EventSource.timer { [weak self] in self?.transmit() }
        air?.set(atMicroseconds: EventSource.now() + Self.airInterval)
    }

    /// Ends what would otherwise go on for ever.
    func end() {
        sticks.stop()
        air?.cancel()
        for device in devices.values { device.end() }
    }

    private func transmit() {
        strap = (strap + 1) % UInt32(Self.strapCount)
        let frame = Frame(
            time: .now,
            source: SourceIndex(0),
            sensor: .ant(number: 1_000 + strap, type: 120),
            channel: .antPage,
            strength: .gain(0x68),
            payload: Payload([0x04, 0x00, 0xA1, 0xB2, 0x51, 0xB4, 0x28, 0x8E])!
        )
        for device in devices.values {
            device.stick.hear(frame)
            device.serve()
        }
        air?.set(atMicroseconds: EventSource.now() + Self.airInterval)
    }

    /// Plugs a stick in, a new one or the one that was last in this socket.
    func plug(_ path: String, serial: String? = nil, product: UInt16 = 0x1009) {
        number += 1
        let device = devices[path] ?? EmulatedDevice(seed: UInt64(number))
        devices[path] = device
        device.port = USBPort(
            path: path,
            vendor: 0x0FCF,
            product: product,
            serial: serial ?? device.port?.serial,
            bus: 1,
            number: number
        )
        device.isPlugged = true
        device.stick.powerOn(at: .now)
        sticks.take(.arrived(device.port!))
    }

    /// udev says that something about a stick that is there changed.
    func changed(_ path: String) {
        if let port = devices[path]?.port { sticks.take(.changed(port)) }
    }

    func pull(_ path: String) {
        guard let device = devices[path], let port = device.port else { return }
        device.isPlugged = false
        device.stick.powerOff()
        device.open?.lose()
        sticks.take(.left(port))
    }

    func addSource(serial: String?) -> (name: String, index: SourceIndex)? {
        sources.append(serial ?? "")
        return ("ant\(sources.count - 1)", SourceIndex(UInt8(sources.count - 1)))
    }

    func take(_ transfer: StickTransfer) {
        frames[transfer.source, default: 0] += transfer.frames.count
        if !transfer.frames.isEmpty { newest[transfer.source] = EventSource.now() }
        if transfers.count < 10_000 {
            transfers.append((transfer.isPlain, transfer.frames.count, Array(transfer.bytes)))
        }
    }

    func log(_ notability: Receiver.Notability, _ text: String) { lines.append(text) }

    /// How often a line was logged that contains `text`.
    func told(_ text: String) -> Int { lines.count { $0.contains(text) } }

    /// Whether a source has brought a frame since `time`.
    func isHeard(_ source: Int, since time: UInt64) -> Bool {
        (newest[SourceIndex(UInt8(source))] ?? 0) >= max(1, time)
    }

    /// The same for the first `count` sources.
    func areHeard(_ count: Int, since time: UInt64) -> Bool {
        (0..<count).allSatisfy { isHeard($0, since: time) }
    }
}

/// An emulated stick, as the bus sees it.
@Reactor
final class EmulatedDevice {
    var stick: StickEmulator
    var isPlugged = true
    var port: USBPort?
    /// What opening it answers instead.
    var refusal: (PortFailure, String)?
    /// Whether the hub can switch the socket's power.
    var hasPowerSwitch = true
    weak var open: EmulatedPort?
    private(set) var openings = 0
    private var timer: EventSource?

    init(seed: UInt64) {
        stick = StickEmulator(serial: 12_345, model: .antUSBm, seed: seed)
        stick.faults.startDelay = 20_000_000...60_000_000
        timer = EventSource.timer { [weak self] in self?.serve() }
    }

    func noteOpening() { openings += 1 }

    private(set) var refused = 0
    func noteRefusal() { refused += 1 }

    func end() { timer?.cancel() }

    /// Hands over what is ready and waits for what is next.
    func serve() {
        while let port = open, let bytes = stick.read(at: .now) { port.receive(bytes) }
        guard open != nil, let next = stick.nextRead else { return }
        timer?.set(atMicroseconds: UInt64(next.nanoseconds) / 1_000 + 1)
    }
}

/// The port of an emulated stick: answers later, never from inside a call.
@Reactor
final class EmulatedPort: StickPort {
    var listener: (@Reactor (StickEvent) -> Void)?
    private let path: String
    private unowned let bus: EmulatedBus
    private var turn = 0

    init(_ port: USBPort, on bus: EmulatedBus) { (path, self.bus) = (port.path, bus) }

    private var device: EmulatedDevice? { bus.devices[path] }

    func open() { later(5_000) { [self] in answer() } }

    func send(_ bytes: [UInt8]) {
        guard let device, device.open === self else { return }
        device.stick.write(bytes, at: .now)
        device.serve()
    }

    func close() {
        turn += 1
        if device?.open === self { device?.open = nil }
    }

    func reset() {
        close()
        later(100_000) { [self] in
            device?.stick.usbReset(at: .now)
            answer()
        }
    }

    func cyclePower() {
        close()
        guard device?.hasPowerSwitch == true else {
            return later(1_000) { [self] in listener?(.failed(.unsupported, reason: "no power switch")) }
        }
        later(1_000) { [self] in bus.pull(path) }
        let turn = self.turn
        Reactor.schedule(afterMicroseconds: 200_000) { [self] in
            bus.plug(path)
            if turn == self.turn { answer() }
        }
    }

    private func answer() {
        guard let device, device.isPlugged else {
            listener?(.failed(.gone, reason: "it is not plugged in"))
            return
        }
        if let (failure, reason) = device.refusal {
            device.noteRefusal()
            listener?(.failed(failure, reason: reason))
            return
        }
        device.open = self
        device.noteOpening()
        listener?(.opened)
        device.serve()
    }

    private func later(_ microseconds: UInt64, _ body: @escaping @Reactor () -> Void) {
        turn += 1
        let turn = self.turn
        Reactor.schedule(afterMicroseconds: microseconds) { [self] in if turn == self.turn { body() } }
    }

    func receive(_ bytes: [UInt8]) {
        bytes.withUnsafeBytes { listener?(.received($0, at: .now)) }
    }

    /// The stick was pulled: what is under way fails.
    func lose() {
        if device?.open === self { device?.open = nil }
        later(1_000) { [self] in listener?(.failed(.gone, reason: "it is not plugged in")) }
    }
}

extension Instant {
    /// CLOCK_BOOTTIME.
    static var now: Instant { Instant(nanoseconds: Int64(EventSource.now()) * 1_000) }
}

extension ANTSticks.Settings {
    static var scanning: ANTSticks.Settings {
        var settings = ANTSticks.Settings()
        settings.networkKey = NetworkKey(hexadecimal: Hex.text(StickEmulator.airKey))
        return settings
    }
}
