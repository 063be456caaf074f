public import Wire

/// Decides over which way advertisements come: through the helper, which hears every one, or through
/// bluetoothd's discovery, which hears less and disturbs links.
///
/// A value without a clock. What was heard goes in as events; the way to use is ``way``, and why,
/// ``reason``.
///
/// - With a way chosen by the configuration that way is used, whatever it yields.
/// - Else the helper is used as soon as data come through it, and as long. While it is not proven, or fell
///   silent, bluetoothd's discovery listens too: whoever hears something shows what is wrong. A helper that
///   hears again is believed at once; one that fell silent in a quiet hall is given twice the time from
///   then on.
public struct BroadcastRoute: Hashable, Sendable {
    public enum Choice: Hashable, Sendable { case auto, helper, bluez, off }

    public enum Way: Hashable, Sendable { case helper, bluez, off }

    public enum Event: Hashable, Sendable {
        /// The socket of the helper is connected, or not any more.
        case connected, disconnected
        /// The helper's adapters heard something, wanted or not.
        case heardByHelper
        /// bluetoothd's discovery heard something.
        case heardByBlueZ
    }

    /// So long the helper may hear nothing while bluetoothd hears something, and be silent at all before
    /// bluetoothd is asked.
    public static let patience = 10 * Nanoseconds.second
    private static let patienceLimit = 5 * Nanoseconds.minute

    public private(set) var way: Way
    /// One sentence for log and health report.
    public private(set) var reason: String
    /// Whether the way is one that the helper was meant to be and is not.
    public private(set) var isFallback = false

    private var choice: Choice
    private var isConnected = false
    private var connected: Instant
    private var helperHeard: Instant?
    private var bluezHeard: Instant?
    private var silencePatience = Self.patience

    /// - Parameters:
    ///   - choice: What the configuration says.
    ///   - time: Now.
    public init(_ choice: Choice, at time: Instant) {
        (self.choice, connected) = (choice, time)
        (way, reason) = (.off, "")
        apply(choice, at: time)
    }

    /// Whether the helper's socket is to be connected to.
    public var wantsHelper: Bool { choice == .auto || choice == .helper }
    /// Whether bluetoothd is to discover for the sake of advertisements.
    public var wantsDiscovery: Bool { way == .bluez }

    /// Takes over another choice.
    public mutating func apply(_ choice: Choice, at time: Instant) {
        self.choice = choice
        isFallback = false
        switch choice {
        case .off: (way, reason) = (.off, "advertisements are not listened to: switched off")
        case .bluez:
            (way, reason) = (.bluez, "advertisements come through bluetoothd's discovery, as configured")
        case .helper: (way, reason) = (.helper, "advertisements come through touchline-hci, as configured")
        case .auto:
            (connected, silencePatience) = (time, Self.patience)
            fallBack("touchline-hci is not proven yet")
            decide(at: time)
        }
    }

    public mutating func handle(_ event: Event, at time: Instant) {
        switch event {
        case .connected: (isConnected, connected, helperHeard) = (true, time, nil)
        case .disconnected: (isConnected, helperHeard) = (false, nil)
        case .heardByHelper: helperHeard = time
        case .heardByBlueZ: bluezHeard = time
        }
        decide(at: time)
    }

    /// It is `now`; to be called every second or so.
    public mutating func advance(to now: Instant) { decide(at: now) }

    private mutating func decide(at time: Instant) {
        guard choice == .auto else { return }
        guard isConnected else { return fallBack("touchline-hci does not run") }
        if let helperHeard, time - helperHeard < silencePatience {
            guard way != .helper else { return }
            way = .helper
            isFallback = false
            reason = "advertisements come through touchline-hci"
            return
        }
        if way == .helper {
            silencePatience = min(silencePatience * 2, Self.patienceLimit)
            return fallBack("touchline-hci is silent")
        }
        let isDeaf = bluezHeard.map { $0 > max(connected, helperHeard ?? connected) } ?? false
        if isDeaf, time - max(connected, helperHeard ?? connected) >= Self.patience {
            fallBack("touchline-hci hears nothing while bluetoothd does")
        }
    }

    private mutating func fallBack(_ why: String) {
        isFallback = true
        way = .bluez
        reason = "advertisements come through bluetoothd's discovery: \(why)"
    }
}
