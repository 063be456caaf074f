public import Wire

/// What ties the monotonic time of one boot to UTC.
public struct Anchor: Hashable, Sendable {
    /// Where the knowledge comes from; raw values are stored.
    public enum Source: UInt8, Hashable, Sendable {
        /// The kernel says that its clock is synchronised.
        case kernel = 1
        case `operator`, upstream
        /// The system clock as it is, by configuration.
        case assumed
        /// Worked out from the anchors of other boots.
        case interpolated

        /// As configuration, events and captures write it.
        public var name: String {
            switch self {
            case .kernel: "kernel"
            case .operator: "operator"
            case .upstream: "upstream"
            case .assumed: "assume"
            case .interpolated: "interpolated"
            }
        }
    }

    public var boot: BootID
    /// The reading of CLOCK_BOOTTIME at which UTC was ``utc``.
    public var at: Instant
    /// Nanoseconds since 1970-01-01T00:00:00Z.
    public var utc: Nanoseconds
    /// The bound of the error; `nil` where none is known.
    public var error: Nanoseconds?
    public var source: Source

    public init(boot: BootID, at: Instant, utc: Nanoseconds, error: Nanoseconds?, source: Source) {
        (self.boot, self.at, self.utc, self.error, self.source) = (boot, at, utc, error, source)
    }

    /// The class that messages carry under `clock`.
    public var clock: ClockClass {
        switch source {
        case .kernel: .synced
        case .operator, .upstream, .interpolated: .estimated
        case .assumed: .unverified
        }
    }

    /// UTC at `instant` of the same boot, nanoseconds since 1970; the ends of the range where a capture
    /// claims times beyond them.
    public func utc(at instant: Instant) -> Nanoseconds {
        let (sum, overflow) = utc.addingReportingOverflow(instant - at)
        return overflow ? (utc < 0 ? .min : .max) : sum
    }
}

/// How far the time of a message can be trusted.
public enum ClockClass: String, Hashable, Sendable {
    case synced, estimated, unverified
}
