import Profiles
public import Wire

// One strap, one athlete: what follows when two sensors turn out to be one strap.
//
// A sensor that nobody was given follows the other half of its strap (it *joins* that athlete). That is found
// out, not assigned: the roster does not show it, and a replay finds it out again. Two halves that were
// assigned to two athletes stay where they are, and a line in the log says so.
//
// With automatic athletes the second half must not become an athlete before it is known whose it is. So a
// heart-rate sensor waits while a sensor on the other radio could be its other half: until their beats
// told them apart, some ten beats, and at most ``Pairing/hold``. Where all straps are heard by one radio
// nobody waits. If both halves have become athletes anyhow, the sensors of the younger one move to the elder.
extension Engine {
    /// A sensor advertises a name: it may tell the model, or the number that it has on the other radio.
    public mutating func learn(name: String, of sensor: SensorID) {
        guard !name.isEmpty, names[sensor] != name else { return }
        guard names[sensor] != nil || names.count < Self.sensorsMaximum else { return }
        names[sensor] = name
        guard let slot = sensorIndex[sensor] else { return }
        sensors[slot].facts.name = name
        updateQuirks(of: slot)
        commands.append(.sensorChanged(slot))
    }

    /// Tells the profiles of a sensor how its model departs from them.
    mutating func updateQuirks(of sensor: Int) {
        let quirks = sensors[sensor].facts.quirks
        guard sensors[sensor].quirks != quirks else { return }
        sensors[sensor].quirks = quirks
        var stream = firstStreams[sensor]
        while stream >= 0 {
            streams[stream].profile?.apply(quirks)
            stream = streams[stream].next
        }
    }

    /// Passes what ``readings`` say about a heart to the comparison of straps, and draws the conclusions.
    mutating func recogniseStrap(of sensor: Int, at time: Instant) {
        guard let radio = Pairing.Radio(sensors[sensor].id) else { return }
        var hasBeats = false
        for reading in readings {
            switch reading {
            case .heartRate, .contact: pairing.hear(sensor, over: radio, at: time)
            case .beat(let beat):
                pairing.take(beat.interval, from: sensor, over: radio, at: time)
                hasBeats = true
            case .beatsMissed: pairing.takeGap(from: sensor)
            default: break
            }
        }
        guard hasBeats, radio == .ble else { return }
        switch pairing.settle(sensor) {
        case .likely(let ant, let ble, let bits):
            guard bits >= hint(ant, ble).bitsNeeded else { return }
            pairing.pair(ant, ble)
            unite(ant, ble)
        case .apart(let ant, let ble): separate(ant, ble)
        case nil: break
        }
    }

    private func hint(_ ant: Int, _ ble: Int) -> StrapHint {
        guard case .ant(let number, _) = sensors[ant].id.kind else { return .none }
        let facts = sensors[ble].facts
        return StrapHint.of(
            number: number,
            serial: sensors[ant].facts.serial,
            words: StrapHint.Words(name: facts.name, serial: facts.serialText)
        )
    }

    /// A sensor that belongs to nobody told something: it joins the other half of its strap, or is given an
    /// athlete of its own where that is wanted.
    mutating func findAthlete(for sensor: Int, at time: Instant) {
        if let partner = pairing.partner(of: sensor), let athlete = sensors[partner].athlete {
            return move(sensor, to: athlete, as: .joined)
        }
        guard settings.autoAthletes, !pairing.isUndecided(sensor, at: time),
            !mayBelongToUnheard(sensor, at: time)
        else { return }
        assignAutomatically(sensor, at: time)
    }

    /// Whether a strap that somebody was given and that is still silent could be the other half of this one.
    private func mayBelongToUnheard(_ sensor: Int, at time: Instant) -> Bool {
        guard time - sensors[sensor].firstHeard < Pairing.hold,
            let radio = Pairing.Radio(sensors[sensor].id)
        else { return false }
        return assignments.keys.contains { id in
            guard let other = Pairing.Radio(id), other != radio else { return false }
            return sensorIndex[id].map { !pairing.hears($0) } ?? true
        }
    }

    private mutating func unite(_ ant: Int, _ ble: Int) {
        note(.info, "\(sensors[ble].id) and \(sensors[ant].id) are one strap.")
        switch (sensors[ant].athlete, sensors[ble].athlete) {
        case (let one?, let other?) where one != other:
            let isLater = (ant: sensors[ant].belonging != .assigned, ble: sensors[ble].belonging != .assigned)
            guard isLater.ant || isLater.ble else {
                return note(.warning, "They are assigned to two athletes; both keep theirs.")
            }
            let moves = isLater.ant && isLater.ble ? (one > other ? ant : ble) : isLater.ant ? ant : ble
            let athlete = moves == ant ? other : one
            for slot in sensors.indices where isWorn(slot, with: moves) { join(slot, to: athlete) }
        case (let athlete?, nil): join(ble, to: athlete)
        case (nil, let athlete?): join(ant, to: athlete)
        default: break
        }
    }

    /// Whether a sensor was made part of the athlete of `strap` because of `strap`, itself included.
    private func isWorn(_ slot: Int, with strap: Int) -> Bool {
        guard slot != strap else { return true }
        guard sensors[slot].belonging != .assigned, sensors[slot].athlete == sensors[strap].athlete,
            case .ant(let number, _) = sensors[slot].id.kind,
            case .ant(let strapNumber, _) = sensors[strap].id.kind
        else { return false }
        return number == strapNumber
    }

    private mutating func join(_ slot: Int, to athlete: Int) {
        assignments[sensors[slot].id] = nil
        move(slot, to: athlete, as: .joined)
    }

    private mutating func separate(_ ant: Int, _ ble: Int) {
        note(.warning, "\(sensors[ble].id) and \(sensors[ant].id) are not one strap: their beats differ.")
        for strap in [ant, ble] where sensors[strap].belonging == .joined {
            let worn = sensors.indices.filter { isWorn($0, with: strap) }
            for slot in worn { move(slot, to: nil, as: .assigned) }
        }
    }

    private mutating func note(_ level: Notice.Level, _ text: String) {
        commands.append(.log(Notice(level, text)))
    }
}

extension Pairing.Radio {
    /// `nil` for a sensor that is no strap.
    fileprivate init?(_ id: SensorID) {
        switch id.kind {
        case .ant(_, Models.strapType): self = .ant
        case .ble: self = .ble
        default: return nil
        }
    }
}

extension Sensor.Facts {
    var quirks: ModelQuirks {
        ModelQuirks.of(name: name, manufacturer: manufacturerName, serial: serialText)
    }
}
