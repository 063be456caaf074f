internal import Wire

/// What a squad wears.
public enum Kit: Hashable, Sendable {
    /// Straps and pods.
    case standard
    /// And more ANT+ sensors, dealt in the same turn:
    ///
    /// | turn | sensors |
    /// | --- | --- |
    /// | 1 | a runner's power meter with the number and the maker of the foot pod |
    /// | 3 | muscle oxygen |
    /// | 4 | core temperature |
    /// | 5 | a runner's power meter, muscle oxygen |
    /// | 6 | air temperature |
    /// | 8 | a bicycle: power, cadence, wheel |
    case extended
    /// Nothing but one strap each, which tells the same beats in three ways: over ANT+, over a link, and as
    /// Polar's broadcast with the address of the link.
    case threeWays
}

extension Squad {
    /// Metres that a turn of a simulated wheel covers: 700 × 25C.
    public static let wheelCircumference = 2.105
}

extension Locker {
    /// How often the strap advertises. Chosen: a usual interval.
    private static let advertisingInterval = 200 * Nanoseconds.millisecond

    /// One strap that tells of one heart in three ways, by one crystal.
    mutating func addThreeWayStrap(number: UInt32, slips: SplitMix64, using kit: inout SplitMix64) {
        let crystal = Crystal(origin: start, using: &kit)
        addANTStrap(.modern, number: number, crystal: crystal, slips: slips, using: &kit)
        let address = drawAddress(using: &kit)
        addBLEStrap(isWide: false, address: address, crystal: crystal, slips: slips, using: &kit)
        addBroadcast(address: address, every: Self.advertisingInterval, slips: slips, using: &kit)
    }

    /// Adds the sensors beside strap and pod of the athlete who came in last.
    ///
    /// What is drawn for them is drawn last, so everything else is as it is without them.
    mutating func addFieldSensors(turn: Int, number: UInt32, using kit: inout SplitMix64) {
        switch turn {
        case 0: addPower(maker: 95, number: number, using: &kit)
        case 2: addMuscleMonitor(using: &kit)
        case 3: addThermometer(.body, using: &kit)
        case 4:
            addPower(maker: 95, number: number, using: &kit)
            addMuscleMonitor(using: &kit)
        case 5: addThermometer(.air(kit.uniform(8...28)), using: &kit)
        case 7:
            addPower(maker: 7, number: drawNumber(using: &kit), using: &kit)
            addTurns(circumference: nil, using: &kit)
            addTurns(circumference: Squad.wheelCircumference, using: &kit)
        default: break
        }
    }

    private mutating func addPower(maker: UInt16, number: UInt32, using kit: inout SplitMix64) {
        let crystal = Crystal(origin: start, using: &kit)
        let identity = identity(maker: maker, number: number, using: &kit)
        add(
            .power(PowerMeter(crystal: crystal, identity: identity)),
            .ant(number: number, type: PowerPageEncoder.deviceType),
            period: PowerPageEncoder.channelPeriod,
            crystal: crystal,
            using: &kit
        )
    }

    private mutating func addTurns(circumference: Double?, using kit: inout SplitMix64) {
        let crystal = Crystal(origin: start, using: &kit)
        let number = drawNumber(using: &kit)
        let identity = StrapIdentity(
            manufacturer: 1,
            serialUpper: UInt16(truncatingIfNeeded: kit.next()) & 0xFFF0 | UInt16(number >> 16),
            hardware: 2,
            software: 4,
            model: 12
        )
        let counter = TurnCounter(
            circumference: circumference,
            crystal: crystal,
            identity: identity,
            start: start,
            using: &kit
        )
        let isWheel = circumference != nil
        add(
            .turns(counter),
            .ant(number: number, type: isWheel ? TurnPageEncoder.wheelType : TurnPageEncoder.crankType),
            period: isWheel ? TurnPageEncoder.wheelPeriod : TurnPageEncoder.crankPeriod,
            crystal: crystal,
            using: &kit
        )
    }

    private mutating func addMuscleMonitor(using kit: inout SplitMix64) {
        let crystal = Crystal(origin: start, using: &kit)
        let number = drawNumber(using: &kit)
        let identity = identity(maker: 76, number: number, using: &kit)
        add(
            .muscle(MuscleMonitor(identity: identity, start: start, random: kit.fork())),
            .ant(number: number, type: MuscleOxygenPageEncoder.deviceType),
            period: MuscleOxygenPageEncoder.channelPeriod,
            crystal: crystal,
            using: &kit
        )
    }

    private mutating func addThermometer(_ place: Thermometer.Place, using kit: inout SplitMix64) {
        let crystal = Crystal(origin: start, using: &kit)
        let number = drawNumber(using: &kit)
        let identity = identity(maker: 303, number: number, using: &kit)
        let isCore = place == .body
        add(
            .temperature(Thermometer(place, identity: identity, start: start)),
            .ant(
                number: number,
                type: isCore
                    ? TemperaturePageEncoder.coreType : TemperaturePageEncoder.environmentType
            ),
            period: isCore
                ? TemperaturePageEncoder.corePeriod : TemperaturePageEncoder.environmentPeriod,
            crystal: crystal,
            using: &kit
        )
    }

    private func identity(
        maker: UInt16,
        number: UInt32,
        using kit: inout SplitMix64
    ) -> CommonPageEncoder {
        CommonPageEncoder(
            manufacturer: maker,
            model: 1,
            hardware: 1,
            software: 1200,
            serial: UInt32(truncatingIfNeeded: kit.next()) & 0xFFF0_0000 | number
        )
    }

    private mutating func add(
        _ sensor: FieldSensor,
        _ id: SensorID,
        period: UInt16,
        crystal: Crystal,
        using kit: inout SplitMix64
    ) {
        fieldSensors.append(sensor)
        add(
            .field(fieldSensors.count - 1),
            id,
            every: crystal.nanoseconds(Double(period) / 32768),
            using: &kit
        )
    }
}
