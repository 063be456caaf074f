import Twin
import Wire

// What is known of kinds and models of sensors that their frames do not tell. One line a fact.

enum Models {
    /// Makers of power meters for runners, by their FIT number: Stryd, Scribe Labs. They fill the cadence of
    /// the power profile with steps.
    static let runnersPower: [UInt16] = [95, 259]
    /// The same by the manufacturer's name of the device information service.
    static let runnersPowerNames = ["Stryd"]
    /// ANT+ device types of what rolls: power 11, fitness equipment 17, light electric vehicle 20, speed and
    /// cadence 121 to 123.
    static let wheeledTypes: [UInt8] = [11, 17, 20, 121, 122, 123]
    /// Characteristics of what rolls: speed and cadence, power, indoor bike.
    static let wheeledCharacteristics = [0x2A5B, 0x2A63, 0x2AD2].map { AttributeUUID($0) }
    static let powerType: UInt8 = 11
    static let strapType: UInt8 = 120
    static let strideType: UInt8 = 124

    /// Whether what comes on this channel moves on wheels, unless a runner wears it.
    static func isWheeled(_ channel: Channel, of sensor: SensorID) -> Bool {
        switch (channel, sensor.kind) {
        case (.antPage, .ant(_, let type)): wheeledTypes.contains(type)
        case (.characteristic(let uuid), _): wheeledCharacteristics.contains(uuid)
        default: false
        }
    }
}

extension Engine {
    /// Works out anew how the readings of a sensor are to be understood, and of the power meter of the same
    /// number: it is a runner's if its athlete wears a foot pod with its number.
    mutating func updateTraits(of id: SensorID) {
        updateOwnTraits(of: id)
        if case .ant(let number, Models.strideType) = id.kind {
            updateOwnTraits(of: .ant(number: number, type: Models.powerType))
        }
    }

    private mutating func updateOwnTraits(of id: SensorID) {
        guard let slot = sensorIndex[id] else { return }
        let sensor = sensors[slot]
        let isPower: Bool
        var traits = SensorTraits()
        switch id.kind {
        case .ant(_, let type):
            isPower = type == Models.powerType
            if type == Models.strideType { traits.calibration = sensor.settings.calibration ?? 1 }
        default:
            isPower = false
            traits.calibration = sensor.settings.calibration ?? 1
        }
        traits.wheelCircumference = sensor.settings.wheelCircumference
        traits.isOnFoot = isRunners(sensor)  // On other channels than those of wheels it is anyway.
        // Until a power meter has said who made it, nobody knows what its cadence is.
        traits.hasCranks = !traits.isOnFoot && (!isPower || sensor.facts.manufacturer != nil)
        sensors[slot].traits = traits
    }

    private func isRunners(_ sensor: Sensor) -> Bool {
        if let maker = sensor.facts.manufacturer, Models.runnersPower.contains(maker) { return true }
        if let maker = sensor.facts.manufacturerName, Models.runnersPowerNames.contains(maker) { return true }
        guard case .ant(let number, Models.powerType) = sensor.id.kind, let athlete = sensor.athlete else {
            return false
        }
        return assignments[.ant(number: number, type: Models.strideType)] == athlete
    }

    /// Takes over what the operator says about sensors now.
    mutating func applySensorSettings() {
        for slot in sensors.indices {
            let settings = settings.sensors[sensors[slot].id] ?? SensorSettings()
            guard sensors[slot].settings != settings else { continue }
            sensors[slot].settings = settings
            updateTraits(of: sensors[slot].id)
            commands.append(.sensorChanged(slot))
        }
    }
}
