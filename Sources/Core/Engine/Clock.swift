public import Messages
public import Wire

/// Which sources of wall-clock time are believed. Config `clock.trust`.
public struct ClockTrust: OptionSet, Hashable, Sendable {
    public let rawValue: UInt8
    public init(rawValue: UInt8) { self.rawValue = rawValue }

    public static let kernel = ClockTrust(rawValue: 1)
    public static let `operator` = ClockTrust(rawValue: 2)
    public static let upstream = ClockTrust(rawValue: 4)
    public static let assume = ClockTrust(rawValue: 8)
}

/// Both clocks of the machine, read at one moment.
public struct ClockSample: Hashable, Sendable {
    public var at: Instant
    /// The system clock, nanoseconds since 1970.
    public var utc: Nanoseconds
    /// Whether the kernel says that the system clock is synchronised, and its bound of the error.
    public var isSynchronised: Bool
    public var error: Nanoseconds

    public init(at: Instant, utc: Nanoseconds, isSynchronised: Bool, error: Nanoseconds) {
        (self.at, self.utc, self.isSynchronised, self.error) = (at, utc, isSynchronised, error)
    }
}

/// What is known about UTC in this boot: the contract, section 7.
public struct Clock: Hashable, Sendable {
    /// A trusted clock that is off from the anchor by more than this has been stepped. Chosen: above the
    /// slew that a well-kept clock makes between two samples, below what a coach would notice.
    static let stepMinimum = 50 * Nanoseconds.millisecond

    var trust: ClockTrust
    /// From this uptime on the system clock is taken as it is. Config `clock.max_wait`.
    var maxWait: Nanoseconds
    /// The anchor that new messages take; `nil` while nothing trusted has spoken.
    public private(set) var anchor: Anchor?
    private var sample: ClockSample?

    init(trust: ClockTrust, maxWait: Nanoseconds) { (self.trust, self.maxWait) = (trust, maxWait) }

    enum Change: Hashable { case anchored, stepped(by: Nanoseconds) }

    /// Takes in a reading of both clocks; says whether messages take another anchor from now on.
    mutating func take(_ sample: ClockSample, boot: BootID) -> Change? {
        self.sample = sample
        let source: Anchor.Source
        if trust.contains(.kernel), sample.isSynchronised {
            source = .kernel
        } else if trust.contains(.assume) || sample.at.nanoseconds >= maxWait {
            source = .assumed
        } else {
            return nil
        }
        let candidate = Anchor(
            boot: boot,
            at: sample.at,
            utc: sample.utc,
            error: source == .kernel ? sample.error : nil,
            source: source
        )
        guard let anchor else {
            self.anchor = candidate
            return .anchored
        }
        let step = candidate.utc - anchor.utc(at: sample.at)
        guard step.magnitude > Self.stepMinimum.magnitude || source.rank > anchor.source.rank else {
            return nil
        }
        // A better source is worth losing; a worse one never replaces a better one of the same boot.
        guard source.rank >= anchor.source.rank else { return nil }
        self.anchor = candidate
        return source == anchor.source ? .stepped(by: step) : .anchored
    }

    /// Adopts an anchor as it is: a replay takes the capture's.
    mutating func adopt(_ anchor: Anchor) { self.anchor = anchor }

    /// The anchor, or else the system clock as it is, for what never waits.
    public func bestAnchor(boot: BootID, at time: Instant) -> Anchor {
        if let anchor { return anchor }
        let utc = sample.map { $0.utc + (time - $0.at) } ?? 0
        return Anchor(boot: boot, at: time, utc: utc, error: nil, source: .assumed)
    }

    /// Milliseconds since 1970 as far as known, for identifiers that sort by time.
    func milliseconds(at time: Instant) -> UInt64 {
        let utc = anchor?.utc(at: time) ?? sample.map { $0.utc + (time - $0.at) } ?? time.nanoseconds
        return UInt64(max(0, utc / .millisecond))
    }
}

extension Anchor.Source {
    /// How good a source is, for choosing between two of one boot.
    fileprivate var rank: Int {
        switch self {
        case .kernel: 3
        case .operator, .upstream: 2
        case .interpolated, .assumed: 1
        }
    }
}

extension Engine {
    /// Both clocks were read: due at the start and every ten seconds.
    public mutating func take(_ sample: ClockSample) {
        closeSeconds(endingBefore: sample.at)
        guard let change = clock.take(sample, boot: settings.boot), let anchor = clock.anchor else { return }
        switch change {
        case .anchored:
            anchorPastBoots()
            commands.append(.anchor(anchor))
            addEvent("clock.anchored", at: sample.at) { $0.member("source", anchor.source.name) }
        case .stepped(let step):
            addEvent("clock.stepped", at: sample.at) { $0.member("step_ms", step / .millisecond) }
            commands.append(.log(Notice(.info, "The clock was stepped by \(step / .millisecond) ms.")))
        }
    }

    /// Takes an anchor as it is, from a capture.
    public mutating func adopt(_ anchor: Anchor) {
        closeSeconds(endingBefore: anchor.at)
        clock.adopt(anchor)
    }
}
