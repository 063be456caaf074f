public import Wire

/// An ANT USB stick without the stick: it takes what a host writes to the bulk endpoint, hears what is on
/// the air, and has what the host would read.
///
/// It answers as a real one does, and checks the host: without the network's key, on another frequency or
/// without a channel it hears nothing; commands out of order are refused; settings are gone after each
/// start; whatever the host sends to the air is counted, because a gateway must only listen. Faults are
/// switched on one by one. Time comes in with every call and never runs backwards; the seed decides the
/// rest.
///
/// Not emulated: search timeouts, masters, bursts, encryption.
///
/// - Source: ANT Message Protocol and Usage, D00000652, as in Tigge/openant; the answers to configuration
///   and the events of a channel from a log of a real stick (0fcf:1008).
public struct StickEmulator: Sendable {
    public enum Model: Hashable, Sendable {
        /// 0fcf:1008: eight channels, three networks.
        case antUSB2
        /// 0fcf:1009: eight channels, eight networks.
        case antUSBm

        /// Its USB product id; the vendor is 0fcf.
        public var productID: UInt16 { self == .antUSB2 ? 0x1008 : 0x1009 }
        var networks: Int { self == .antUSB2 ? 3 : 8 }
        var capabilities: [UInt8] {
            self == .antUSB2
                ? [8, 3, 0x00, 0xBA, 0x36, 0x00] : [8, 8, 0x00, 0xBA, 0x36, 0x00, 0xDF, 0x79]
        }
    }

    /// The key of the emulated air. Made up: the key of ANT+ comes with the adopters' agreement.
    public static let airKey: [UInt8] = [0x54, 0x4F, 0x55, 0x43, 0x48, 0x4C, 0x49, 0x4E]

    public let serial: UInt32
    public let model: Model
    public var faults = Faults()
    /// The key under which sensors send.
    public var key = StickEmulator.airKey
    public internal(set) var counters = Counters()
    /// Whether continuous scanning runs: channel 0 hears every sensor.
    public internal(set) var isScanning = false

    var channels = [StickChannel](repeating: StickChannel(), count: 8)
    var networkKeys: [[UInt8]]
    /// What follows a received message, as 0x6E asks: 0x80 channel id, 0x40 signal, 0x20 receive time.
    var extras: UInt8 = 0
    var scanEnd = Instant(nanoseconds: .max)
    /// When the start is over and commands are understood; `nil` without power.
    var awake: Instant?
    var wasReset = false
    var reader = StickLine.Reader()
    var queue: StickQueue
    private var radio: SplitMix64
    private var delays: SplitMix64
    /// What ``Faults/rateLimit`` still lets pass, in messages, and since when.
    private var allowance = 0.0
    private var allowanceTime = Instant(nanoseconds: 0)

    /// - Parameters:
    ///   - serial: What it answers to a request for its serial number.
    ///   - model: Which stick it is.
    ///   - seed: Decides delays, and which bytes and frames the faults hit.
    public init(serial: UInt32, model: Model, seed: UInt64) {
        (self.serial, self.model) = (serial, model)
        var random = SplitMix64(seed: seed)
        (radio, delays) = (random.fork(), random.fork())
        queue = StickQueue(random: random.fork())
        networkKeys = Array(repeating: Array(repeating: 0, count: 8), count: model.networks)
    }

    /// It is plugged in: settings are gone, and after a while it says so.
    public mutating func powerOn(at time: Instant) {
        counters.powerOns += 1
        faults.hang = nil
        wasReset = false
        start(reason: 0, at: time)
    }

    /// It is pulled out.
    public mutating func powerOff() {
        forget()
        awake = nil
    }

    /// The host resets the port.
    public mutating func usbReset(at time: Instant) {
        guard awake != nil else { return }
        counters.usbResets += 1
        if let cure = faults.hang, cure <= .usbReset { faults.hang = nil }
        wasReset = false
        start(reason: 0, at: time)
    }

    /// The host clears the halt of an endpoint.
    public mutating func clearHalt() { faults.isStalled = false }

    /// The scan ends without a word; opening it again helps.
    public mutating func stopScanning() {
        isScanning = false
        channels[0].state = .assigned
    }

    /// The host writes to the bulk endpoint.
    public mutating func write(_ bytes: [UInt8], at time: Instant) {
        guard let awake, !faults.isStalled else { return }
        guard time >= awake else {
            counters.writesWhileStarting += 1
            return
        }
        reader.append(bytes)
        while let (id, data) = reader.next() { obey(id, data, at: time) }
        counters.strayBytes = reader.skipped
    }

    /// A sensor sends; `frame.time` is when its message has been received.
    public mutating func hear(_ frame: Frame) {
        guard case .ant(let number, let type) = frame.sensor.kind, frame.channel == .antPage,
            frame.payload.count == 8, let awake, frame.time >= awake
        else { return }
        counters.onAir += 1
        endScan(at: frame.time)
        let transmission = UInt8(number >> 16) << 4 | 1
        guard !faults.isMute, faults.hang == nil,
            let index = listener(UInt16(truncatingIfNeeded: number), type, transmission)
        else {
            counters.unheard += 1
            return
        }
        guard networkKeys[Int(channels[index].network)] == key else {
            counters.wrongKey += 1
            return
        }
        guard faults.reception >= 1 || radio.chance(faults.reception) else {
            counters.missed += 1
            return
        }
        guard passesRate(at: frame.time) else {
            counters.overRate += 1
            return
        }
        forward(frame, on: index, id: (UInt16(truncatingIfNeeded: number), type, transmission))
    }

    /// The next transfer from the bulk endpoint, at most 64 bytes, or `nil` when nothing is ready.
    public mutating func read(at time: Instant) -> [UInt8]? {
        guard awake != nil, !faults.isStalled, faults.hang == nil,
            let bytes = queue.transfer(at: time, faults, spoilt: &counters.spoiltBytes)
        else { return nil }
        counters.transfers += 1
        return bytes
    }

    /// When ``read(at:)`` has something next, if nothing else happens.
    public var nextRead: Instant? {
        awake == nil || faults.isStalled || faults.hang != nil ? nil : queue.nextReady
    }

    /// Puts bytes before the host as they are, such as a transfer that a real stick once sent.
    public mutating func say(_ bytes: [UInt8], at time: Instant) {
        if !bytes.isEmpty { put(bytes, ready: time) }
    }

    /// Starts, which ends everything that was going on.
    mutating func start(reason: UInt8, at time: Instant) {
        forget()
        let ready = time + delay(in: faults.startDelay)
        awake = ready
        let isLost = faults.losesStartUp > 0 && delays.chance(faults.losesStartUp)
        if !isLost { put(StickLine.frame(0x6F, [reason]), ready: ready) }
    }

    private mutating func forget() {
        channels = Array(repeating: StickChannel(), count: channels.count)
        networkKeys = Array(repeating: Array(repeating: 0, count: 8), count: model.networks)
        (isScanning, extras, scanEnd, faults.isStalled) = (false, 0, Instant(nanoseconds: .max), false)
        reader = StickLine.Reader(skipped: counters.strayBytes)
        queue.removeAll()
    }

    mutating func put(_ frame: [UInt8], ready: Instant) {
        if !queue.append(frame, ready: ready, limit: faults.queueLimit) { counters.overflowed += 1 }
    }

    mutating func delay(in range: ClosedRange<Nanoseconds>) -> Nanoseconds {
        let width = UInt64(range.upperBound - range.lowerBound)
        return width == 0 ? range.lowerBound : range.lowerBound + Nanoseconds(delays.next() % (width + 1))
    }

    mutating func losesCommand() -> Bool {
        faults.losesCommand > 0 && delays.chance(faults.losesCommand)
    }

    private mutating func endScan(at time: Instant) {
        if time >= scanEnd { stopScanning() }
        if !isScanning { scanEnd = Instant(nanoseconds: .max) }
    }

    /// The channel that hears a sensor; one that tracks it goes before one that searches.
    private func listener(_ number: UInt16, _ type: UInt8, _ transmission: UInt8) -> Int? {
        let candidates = channels.indices.filter {
            let channel = channels[$0]
            return channel.isOpen && channel.frequency == StickChannel.sensorFrequency
                && channel.accepts(number: number, type: type, transmission: transmission)
        }
        return candidates.first { channels[$0].deviceNumber != 0 } ?? candidates.first
    }

    /// Lets `rateLimit` messages a second pass, and a tenth of that at once.
    private mutating func passesRate(at time: Instant) -> Bool {
        guard let limit = faults.rateLimit.map(Double.init) else { return true }
        let passed = max(0, Double(time - allowanceTime) / 1e9)
        (allowance, allowanceTime) = (min(allowance + passed * limit, max(1, limit / 10)), time)
        guard allowance >= 1 else { return false }
        allowance -= 1
        return true
    }

    private mutating func forward(_ frame: Frame, on index: Int, id: (UInt16, UInt8, UInt8)) {
        var data = [UInt8(index)] + frame.payload.bytes
        if extras & 0xE0 != 0 { data.append(extras & 0xE0) }
        if extras & 0x80 != 0 { data += [UInt8(id.0 & 0xFF), UInt8(id.0 >> 8), id.1, id.2] }
        if extras & 0x40 != 0 {
            switch frame.strength {
            case .dBm(let level): data += [0x20, UInt8(bitPattern: level), UInt8(bitPattern: -128)]
            case .gain(let gain): data += [0x10, 0, UInt8(gain & 0xFF), UInt8(gain >> 8)]
            case nil: data += [0x10, 0, 0x68, 0]
            }
        }
        if extras & 0x20 != 0 {
            let ticks = frame.time.nanoseconds / 15_625 * 32_768 / 64_000
            let stamp = frame.receiveStamp ?? UInt16(truncatingIfNeeded: ticks)
            data += [UInt8(stamp & 0xFF), UInt8(stamp >> 8)]
        }
        let overflowed = counters.overflowed
        put(StickLine.frame(0x4E, data), ready: frame.time)
        counters.forwarded += 1 - (counters.overflowed - overflowed)
        if channels[index].state == .tracking, channels[index].transmits {
            channels[index].transmits = false
            put(StickLine.frame(0x40, [UInt8(index), 0x01, 5]), ready: frame.time + 3 * .millisecond)
        }
        if !isScanning { channels[index].acquire(number: id.0, type: id.1, transmission: id.2) }
    }
}
