internal import Simulation
internal import Wire

/// An emulated stick as a USB device: descriptors, control requests, and reads that wait.
struct ServedStick {
    var emulator: StickEmulator
    /// Where it is plugged in, such as `1-1`; stays the same when it comes back.
    let socket: String
    let index: Int
    /// Its number on the bus, another one each time it is plugged in.
    private(set) var deviceNumber: Int
    private(set) var isPlugged = true
    /// Whether a host has it.
    var isAttached = false
    /// Reads that the host has asked for and that wait for data.
    private(set) var reads: [(sequence: UInt32, length: Int)] = []
    private var isConfigured = false
    /// What the host read since it set the configuration: which tells a reset from a new attachment.
    private var sawDescriptor = false
    private var sawName = false

    init(_ emulator: StickEmulator, index: Int) {
        (self.emulator, self.index) = (emulator, index)
        socket = "1-\(index + 1)"
        deviceNumber = 2 + index
    }

    var serial: String { String(emulator.serial) }
    private var name: String { emulator.model == .antUSB2 ? "ANT USBStick2" : "ANT USB-m Stick" }

    mutating func plug(number: Int) {
        guard !isPlugged else { return }
        (isPlugged, deviceNumber) = (true, number)
    }

    mutating func unplug() {
        isPlugged = false
        detach()
    }

    /// A host takes it: to the stick that is when the power comes.
    mutating func attach(at time: Instant) {
        (isAttached, isConfigured, sawDescriptor, sawName) = (true, false, false, false)
        reads.removeAll()
        emulator.powerOn(at: time)
    }

    mutating func detach() {
        isAttached = false
        reads.removeAll()
        emulator.powerOff()
    }

    /// Answers one request; `data` is what came with it.
    mutating func answer(_ request: USBIP.Request, _ data: [UInt8], at time: Instant) -> [UInt8] {
        if request.isUnlink {
            let wait = reads.firstIndex { $0.sequence == request.victim }
            if let wait { reads.remove(at: wait) }
            return USBIP.unlinked(request.sequence, wait == nil ? .done : .unlinked)
        }
        if request.endpoint == 0 {
            guard let answer = control(request.setup, at: time) else {
                return USBIP.submitted(request.sequence, .stalled, length: 0)
            }
            return USBIP.submitted(
                request.sequence,
                .done,
                length: request.isInput ? answer.count : request.length,
                data: request.isInput ? answer : []
            )
        }
        if request.isInput {
            reads.append((request.sequence, request.length))
            return pump(at: time)
        }
        guard !emulator.faults.isStalled else {
            return USBIP.submitted(request.sequence, .stalled, length: 0)
        }
        emulator.write(data, at: time)
        return USBIP.submitted(request.sequence, .done, length: data.count) + pump(at: time)
    }

    /// Ends the reads that can end.
    mutating func pump(at time: Instant) -> [UInt8] {
        var bytes: [UInt8] = []
        while let read = reads.first {
            if emulator.faults.isStalled {
                bytes += USBIP.submitted(read.sequence, .stalled, length: 0)
            } else {
                guard let transfer = emulator.read(at: time) else { break }
                bytes += USBIP.submitted(read.sequence, .done, length: transfer.count, data: transfer)
            }
            reads.removeFirst()
        }
        return bytes
    }

    /// When a read that waits may end.
    var nextRead: Instant? { reads.isEmpty ? nil : emulator.nextRead }

    // MARK: Control requests

    /// Answers a request on endpoint 0; `nil` stalls it.
    private mutating func control(_ setup: [UInt8], at time: Instant) -> [UInt8]? {
        let value = UInt16(setup[2]) | UInt16(setup[3]) << 8
        let length = Int(setup[6]) | Int(setup[7]) << 8
        let answer: [UInt8]?
        switch (setup[0], setup[1]) {
        case (0x80, 6): answer = descriptor(type: UInt8(value >> 8), index: UInt8(value & 0xFF))
        case (0x80, 0): answer = [0, 0]
        case (0x80, 8): answer = [isConfigured ? 1 : 0]
        case (0x81, 0), (0x82, 0): answer = [0, 0]
        case (0x81, 10): answer = [0]
        case (0x00, 9):
            configure(at: time)
            answer = []
        case (0x02, 1):
            emulator.clearHalt()
            answer = []
        case (0x00, 1), (0x00, 3), (0x01, 11), (0x02, 3): answer = []
        default: answer = nil
        }
        return answer.map { Array($0.prefix(length)) }
    }

    /// The host sets the configuration. When it has read the device descriptor since the last time, it has
    /// reset the device, and when it has asked for its name as well, it has met it anew: USB/IP carries
    /// neither the reset nor the power of the socket.
    private mutating func configure(at time: Instant) {
        if isConfigured, sawDescriptor {
            if sawName { emulator.powerOn(at: time) } else { emulator.usbReset(at: time) }
        }
        (isConfigured, sawDescriptor, sawName) = (true, false, false)
    }

    private mutating func descriptor(type: UInt8, index: UInt8) -> [UInt8]? {
        switch (type, index) {
        case (1, _):
            sawDescriptor = true
            return deviceDescriptor
        case (2, 0): return Self.configurationDescriptor
        case (3, 0): return [4, 3, 0x09, 0x04]
        case (3, 1): return Self.string("Dynastream Innovations")
        case (3, 2):
            sawName = true
            return Self.string(name)
        case (3, 3): return Self.string(serial)
        default: return nil
        }
    }

    var deviceDescriptor: [UInt8] {
        let product = emulator.model.productID
        return [18, 1, 0x00, 0x02, 0, 0, 0, 64, 0xCF, 0x0F, UInt8(product & 0xFF), UInt8(product >> 8)]
            + [0x00, 0x01, 1, 2, 3, 1]
    }

    /// One interface of the vendor's class with a pair of bulk endpoints of 64 bytes.
    static let configurationDescriptor: [UInt8] =
        [9, 2, 32, 0, 1, 1, 0, 0x80, 50] + [9, 4, 0, 0, 2, 0xFF, 0, 0, 0]
        + [7, 5, 0x81, 2, 64, 0, 1] + [7, 5, 0x01, 2, 64, 0, 1]

    private static func string(_ text: String) -> [UInt8] {
        let units = text.utf16.flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] }
        return [UInt8(units.count + 2), 3] + units
    }

    /// How USB/IP describes it: 312 bytes.
    var export: [UInt8] {
        USBIP.text("/sys/devices/lab/usb1/\(socket)", count: 256) + USBIP.text(socket, count: 32)
            + USBIP.words([1, UInt32(deviceNumber), 2])  // bus, device, full speed
            + USBIP.halves([0x0FCF, emulator.model.productID, 0x0100]) + [0, 0, 0, 1, 1, 1]
    }
}
