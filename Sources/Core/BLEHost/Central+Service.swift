internal import Wire

/// bluetoothd itself: there, gone, or hung.
extension Central {
    private static let unansweredLimit = 3
    private static let probeInterval = 10 * Nanoseconds.second
    /// How often it may be restarted at the most.
    private static let restartInterval = 10 * Nanoseconds.minute

    mutating func begin(at time: Instant) {
        if service != .absent { end("bluetoothd was replaced", at: time) }
        service = .listing
        nextTick = time + .second
        unanswered = 0
        ask(.listObjects, at: time)
    }

    /// Everything that was known of its objects is void.
    mutating func end(_ reason: String, at time: Instant) {
        guard service != .absent else { return }
        log(.warning, reason)
        pending.removeAll()
        for index in peripherals.indices {
            loseLink(index, at: time)
            peripherals[index].sightings.removeAll()
        }
        for index in adapters.indices { forget(adapter: index, at: time) }
        characteristics.removeAll()
        service = .absent
    }

    mutating func settleListing(_ reply: Reply, at time: Instant) {
        if case .failed(let failure) = reply {
            service = .hung(probe: time + Self.probeInterval)
            log(.warning, "bluetoothd does not list its objects: \(failure)")
            return
        }
        if case .hung = service { log(.info, "bluetoothd answers again") }
        (service, unanswered) = (.present, 0)
    }

    mutating func watchService(at time: Instant) {
        switch service {
        case .hung(let probe) where probe <= time && !isAsked { $0 == .listObjects }:
            service = .hung(probe: time + Self.probeInterval)
            ask(.listObjects, at: time)
        case .present where unanswered >= Self.unansweredLimit:
            log(.warning, "bluetoothd does not answer; systemctl restart bluetooth helps")
            service = .hung(probe: time)
            guard lastRestart.map({ time - $0 >= Self.restartInterval }) ?? true else { return }
            lastRestart = time
            commands.append(.restartService)
        default: break
        }
    }
}
