internal import Wire

/// What is done to a stick that does not answer, from the mildest to the strongest.
public enum RecoveryStep: Int, CaseIterable, Comparable, Sendable {
    /// The stick's own reset command.
    case reset
    /// Close the device and open it again.
    case reopen
    /// A reset of the USB device, after which it is enumerated again.
    case resetDevice
    /// Power off and on at the port.
    case cyclePower

    public static func < (lhs: Self, rhs: Self) -> Bool { lhs.rawValue < rhs.rawValue }

    var next: RecoveryStep? { RecoveryStep(rawValue: rawValue + 1) }
    var previous: RecoveryStep? { RecoveryStep(rawValue: rawValue - 1) }

    /// The words of the log.
    var name: String {
        switch self {
        case .reset: "reset"
        case .reopen: "close and open"
        case .resetDevice: "USB reset"
        case .cyclePower: "power cycle of the port"
        }
    }
}

/// How often each ``RecoveryStep`` was taken.
public struct RecoveryCounts: Hashable, Sendable {
    private var counts = SIMD4<UInt64>()

    public internal(set) subscript(step: RecoveryStep) -> UInt64 {
        get { counts[step.rawValue] }
        set { counts[step.rawValue] = newValue }
    }

    public var total: UInt64 { counts.wrappedSum() }
}

/// What the device said when it refused or broke, sorted by what helps.
public enum PortFailure: Hashable, Sendable {
    /// It is no longer there.
    case gone
    /// The service may not open it.
    case denied
    /// Another program has it.
    case busy
    /// This cannot be done here, such as switching the power of a port.
    case unsupported
    /// An endpoint is halted.
    case stalled
    /// Anything else, as the library numbers it.
    case io(Int32)
}

/// A time in which a stick is not what it should be.
struct Trouble: Hashable, Sendable {
    /// Since when, or `nil` while all is well.
    var since: Instant?
    /// The newest step taken.
    var step: RecoveryStep?
    /// How often the whole ladder was climbed in vain.
    var rounds = 0
    /// When listening began after the newest step.
    var listeningSince: Instant?
    /// The newest failure that was told.
    var lastFailure: PortFailure?
}
