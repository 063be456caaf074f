internal import CSystemd

/// Talks to the systemd that started this process, and to nobody when there is none.
public struct ServiceManager: Sendable {
    public init() {}

    /// Sends one notification.
    ///
    /// Never fails from the caller's point of view: a gateway that cannot reach its manager must keep
    /// collecting samples, and systemd notices a missing `READY=1` or `WATCHDOG=1` on its own.
    public func notify(_ state: ServiceState) { _ = sd_notify(0, state.assignments) }

    /// How often ``ServiceState/watchdog`` is due, in microseconds, or `nil` when the unit sets no
    /// `WatchdogSec=`. Half the configured time, as sd_watchdog_enabled(3) recommends.
    public var watchdogInterval: UInt64? {
        var microseconds: UInt64 = 0
        guard sd_watchdog_enabled(0, &microseconds) > 0 else { return nil }
        return microseconds / 2
    }
}
