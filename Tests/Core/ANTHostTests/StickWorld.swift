import ANTHost
import Simulation
import Wire

/// One stick, its receiver and a squad around them, in virtual time: what stands between receiver and stick
/// in the daemon (USB, the kernel) is played here.
struct StickWorld {
    var stick: StickEmulator
    var receiver: Receiver
    private(set) var now: Instant
    /// Whether the port's power can be switched.
    var canCyclePower = true
    /// Lines that the receiver wrote.
    private(set) var log: [String] = []
    /// Frames that came out, and when the newest did.
    private(set) var frames = 0
    private(set) var newestFrame: Instant?
    private(set) var isPlugged = false
    /// Whether frames are kept, and those that were.
    var keepsFrames = false
    private(set) var keptFrames: [Frame] = []

    private var squad: Squad?
    private var upcoming: Frame?
    private var isOpen = false
    /// What the device is busy with, and until when.
    private var operation: (Operation, Instant)?
    private var commands: [Receiver.Command] = []

    private enum Operation { case open, reset, powerUp }

    static let key = NetworkKey(hexadecimal: StickEmulator.airKey.map { Hex.text([$0]) }.joined())!

    /// `athletes` wear strap and pod each; 0 is an empty hall. `key` is what the receiver is given.
    init(seed: UInt64, athletes: Int = 5, deviceTypes: [UInt8] = [], key: NetworkKey = Self.key) {
        let start = Instant(nanoseconds: 100 * .second)
        stick = StickEmulator(serial: 1234, model: .antUSBm, seed: seed)
        receiver = Receiver(
            settings: Receiver.Settings(networkKey: key, deviceTypes: deviceTypes),
            source: SourceIndex(0),
            at: start
        )
        now = start
        if athletes > 0 {
            squad = Squad(athletes: athletes, seed: seed, start: start, weather: .none)
        }
    }

    // MARK: Hands

    mutating func plug() {
        isPlugged = true
        stick.powerOn(at: now)
        receiver.attached(at: now)
        carryOut()
    }

    mutating func pull() {
        isPlugged = false
        (isOpen, operation) = (false, nil)
        stick.powerOff()
        receiver.detached()
        carryOut()
    }

    /// The stick sends bytes that another one once sent.
    mutating func say(_ bytes: [UInt8]) { stick.say(bytes, at: now) }

    /// The stick starts by itself, as after a dip of its supply.
    mutating func restart() { stick.powerOn(at: now) }

    // MARK: Time

    mutating func run(for span: Nanoseconds) { run(until: now + span) { _ in false } }

    /// Runs until frames come out; answers how long that took. Throws when `limit` passed without any.
    mutating func timeToFrames(limit: Nanoseconds = 60 * .second) throws -> Nanoseconds {
        let (start, before) = (now, frames)
        run(until: now + limit) { $0.frames > before }
        guard frames > before else { throw Silence(log: log) }
        return now - start
    }

    struct Silence: Error { var log: [String] }

    private mutating func run(until end: Instant, _ isDone: (Self) -> Bool) {
        while !isDone(self) {
            if upcoming == nil { upcoming = squad?.next(before: end) }
            let times = [isOpen ? stick.nextRead : nil, receiver.nextWake, upcoming?.time, operation?.1]
            guard let next = times.compactMap({ $0 }).min(), next < end else { break }
            now = max(now, next)
            step()
        }
        if !isDone(self) { now = end }
    }

    private mutating func step() {
        if let frame = upcoming, frame.time <= now {
            upcoming = nil
            stick.hear(frame)
        } else if let (done, time) = operation, time <= now {
            operation = nil
            finish(done)
        } else if isOpen, stick.faults.isStalled {
            receiver.failed(.stalled, at: now)
        } else if isOpen, let bytes = stick.read(at: now) {
            var count = 0
            bytes.withUnsafeBytes { bytes in
                _ = receiver.receive(bytes, at: now) { frame in
                    count += 1
                    if keepsFrames { keptFrames.append(frame) }
                }
            }
            frames += count
            if count > 0 { newestFrame = now }
        } else {
            receiver.advance(to: now)
        }
        carryOut()
    }

    // MARK: The device

    private mutating func finish(_ operation: Operation) {
        switch operation {
        case .open:
            isOpen = true
            stick.clearHalt()
            receiver.opened(at: now)
        case .reset:
            isOpen = true
            stick.usbReset(at: now)
            receiver.opened(at: now)
        case .powerUp: plug()  // It is enumerated anew.
        }
    }

    private mutating func carryOut() {
        while !receiver.commands.isEmpty {
            receiver.takeCommands(into: &commands)
            for command in commands { carryOut(command) }
        }
    }

    private mutating func carryOut(_ command: Receiver.Command) {
        switch command {
        case .open: operation = (.open, now + 20 * .millisecond)
        case .close: (isOpen, operation) = (false, nil)
        case .send(let bytes): if isOpen { stick.write(bytes, at: now) }
        case .resetDevice:
            isOpen = false
            operation = (.reset, now + 150 * .millisecond)
        case .cyclePower where canCyclePower:
            pull()
            operation = (.powerUp, now + 1 * .second)
        case .cyclePower: receiver.failed(.unsupported, at: now)
        case .log(_, let text): log.append(text)
        }
    }
}
