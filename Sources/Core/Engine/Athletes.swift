public import Twin
public import Wire

/// An athlete and the live twin.
public struct Athlete: Sendable {
    /// The slug.
    public let id: String
    public var twin = Twin()
    /// The newest row.
    public var latest: Row?
    /// Index of the open session.
    public var session: Int?

    init(id: String, session: Int?) { (self.id, self.session) = (id, session) }
}

/// A stretch of time in which athletes train together.
public struct Session: Hashable, Sendable {
    public let id: UUID
    /// `run`, `training`, `match`, `test` or `other`.
    public var type: String
    public var name: String
    public var start: Instant
    public var isOpen = true
}

/// An athlete and the sensors that belong to him or her.
public struct Wearer: Hashable, Sendable {
    public var athlete: String
    public var sensors: [SensorID]

    public init(athlete: String, sensors: [SensorID]) {
        (self.athlete, self.sensors) = (athlete, sensors)
    }
}

extension Engine {
    /// More athletes than any squad has; a flood of made-up sensors ends here.
    static let athletesMaximum = 1_024

    /// Makes the athletes of a roster and gives them their sensors.
    public mutating func adopt(_ roster: [Wearer], at time: Instant) {
        for entry in roster {
            guard let athlete = athleteSlot(for: entry.athlete) else { continue }
            for sensor in entry.sensors { assign(sensor, to: athlete) }
        }
    }

    /// Who wears what, athletes in the order in which they appeared.
    public var roster: [Wearer] {
        var roster = athletes.map { Wearer(athlete: $0.id, sensors: []) }
        for (sensor, athlete) in assignments.sorted(by: { $0.key < $1.key }) {
            roster[athlete].sensors.append(sensor)
        }
        return roster
    }

    /// Gives a sensor to an athlete from now on, and takes it from whoever had it.
    mutating func assign(_ sensor: SensorID, to athlete: Int) {
        assignments[sensor] = athlete
        guard let slot = sensorIndex[sensor] else { return updateTraits(of: sensor) }
        move(slot, to: athlete, as: .assigned)
        if let partner = pairing.partner(of: slot), sensors[partner].belonging == .joined {
            move(partner, to: athlete, as: .joined)
        }
    }

    /// Lets a sensor feed this athlete from now on, or nobody.
    mutating func move(_ slot: Int, to athlete: Int?, as belonging: Sensor.Belonging) {
        let sensor = sensors[slot].id
        if let before = sensors[slot].athlete, before != athlete { athletes[before].twin.remove(sensor) }
        (sensors[slot].athlete, sensors[slot].belonging) = (athlete, belonging)
        updateTraits(of: sensor)
        commands.append(.sensorChanged(slot))
    }

    /// Assigns by command; an athlete that is not known is made.
    public mutating func assign(_ sensor: SensorID, toAthlete id: String, at time: Instant) {
        closeSeconds(endingBefore: time)
        guard let athlete = athleteSlot(for: id) else { return }
        assign(sensor, to: athlete)
        addEvent("assignment.changed", at: time) { json in
            json.member("sensor", sensor.description)
            json.member("athlete_id", id)
        }
    }

    /// One athlete for each body sensor that nobody wears; the same ANT number under other device types is
    /// the same person.
    mutating func assignAutomatically(_ sensor: Int, at time: Instant) {
        guard settings.autoAthletes else { return }
        let id: String
        switch sensors[sensor].id.kind {
        case .ant(let number, _):
            // The strap of this number may have turned out to be somebody's already.
            if let strap = sensorIndex[.ant(number: number, type: Models.strapType)],
                sensors[strap].belonging == .joined, let athlete = sensors[strap].athlete
            {
                return move(sensor, to: athlete, as: .joined)
            }
            id = "ant-\(number)"
        case .ble(let address): id = "ble-" + Hex.text(address, digits: 12)
        case .unknown: return
        }
        let isNew = athleteIndex[id] == nil
        guard let athlete = athleteSlot(for: id) else { return }
        assign(sensors[sensor].id, to: athlete)
        sensors[sensor].belonging = .automatic
        if isNew { addEvent("athlete.created", at: time) { $0.member("athlete_id", id) } }
    }

    private mutating func athleteSlot(for id: String) -> Int? {
        if let index = athleteIndex[id] { return index }
        guard athletes.count < Self.athletesMaximum else { return nil }
        athletes.append(Athlete(id: id, session: sessions.lastIndex { $0.isOpen }))
        athleteIndex[id] = athletes.count - 1
        return athletes.count - 1
    }

    // MARK: Sessions

    /// Starts a session for all athletes that are in none, those who appear later included.
    public mutating func startSession(id: UUID?, type: String, name: String, at time: Instant) {
        closeSeconds(endingBefore: time)
        guard !sessions.contains(where: { $0.isOpen }) else { return }
        let id = id ?? UUID.ordered(milliseconds: clock.milliseconds(at: time), using: &random)
        sessions.append(Session(id: id, type: type, name: name, start: time))
        for index in athletes.indices {
            athletes[index].session = sessions.count - 1
            athletes[index].twin.startSession()
        }
        addEvent("session.started", at: time) { json in
            json.member("session_id", id.description)
            json.member("session_type", type)
            if !name.isEmpty { json.member("name", name) }
        }
    }

    public mutating func markSession(_ text: String, at time: Instant) {
        closeSeconds(endingBefore: time)
        guard let session = sessions.last(where: { $0.isOpen }) else { return }
        addEvent("session.marked", at: time) { json in
            json.member("session_id", session.id.description)
            if !text.isEmpty { json.member("mark", text) }
        }
    }

    public mutating func stopSession(at time: Instant) {
        closeSeconds(endingBefore: time)
        guard let index = sessions.lastIndex(where: { $0.isOpen }) else { return }
        sessions[index].isOpen = false
        for athlete in athletes.indices where athletes[athlete].session == index {
            athletes[athlete].session = nil
            athletes[athlete].twin.endSession()
        }
        let session = sessions[index]
        addEvent("session.ended", at: time) { json in
            json.member("session_id", session.id.description)
            json.member("session_type", session.type)
            json.member("duration_seconds", (time - session.start) / .second)
        }
    }
}
