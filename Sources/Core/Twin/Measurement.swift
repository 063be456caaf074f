import Profiles

/// A reading as a row shows it: the metric, and the value in the metric's unit.
struct Measurement: Hashable, Sendable {
    var metric: Metric
    var value: Double

    init(_ metric: Metric, _ value: Double) { (self.metric, self.value) = (metric, value) }

    /// The measurement that a reading is by itself; `nil` for those that need more to become one. Units: the
    /// contract, section 2.
    init?(_ reading: Reading) {
        switch reading {
        case .heartRate(let rate): self.init(.heartRate, rate.value)
        case .groundContactTime(let time): self.init(.groundContactTime, time.value * 1000)
        case .groundContactBalance(let share): self.init(.groundContactBalance, share.value)
        case .verticalOscillation(let height): self.init(.verticalOscillation, height.value * 1000)
        case .verticalRatio(let share): self.init(.verticalRatio, share.value)
        case .legSpringStiffness(let stiffness): self.init(.legSpringStiffness, stiffness.value)
        case .power(let power): self.init(.power, power.value)
        case .formPower(let power): self.init(.formPower, power.value)
        case .crankRate(let rate): self.init(.crankCadence, rate.value)
        case .elevation(let height): self.init(.elevation, height.value)
        case .ambientTemperature(let temperature): self.init(.temperature, temperature.value)
        case .coreTemperature(let temperature): self.init(.coreTemperature, temperature.value)
        case .skinTemperature(let temperature): self.init(.skinTemperature, temperature.value)
        case .heatStrainIndex(let index): self.init(.heatStrainIndex, index)
        case .muscleOxygen(let share): self.init(.muscleOxygen, share.value)
        case .haemoglobin(let concentration): self.init(.haemoglobin, concentration.value)
        case .bloodOxygen(let share): self.init(.bloodOxygen, share.value)
        case .beat, .beatsMissed, .contact, .speed, .strideRate, .distance, .strideCount, .strideLength,
            .wheelRate, .wheelRevolutions, .position, .fact:
            return nil
        }
    }
}

/// What a value must be like to be believed.
struct Bounds: Hashable, Sendable {
    let range: ClosedRange<Double>
    /// Sensors send 0 while there is nothing to measure; then the value is not known, and nothing is wrong.
    let isZeroUnknown: Bool

    init(_ range: ClosedRange<Double>, isZeroUnknown: Bool = false) {
        (self.range, self.isZeroUnknown) = (range, isZeroUnknown)
    }

    enum Verdict: Hashable { case plausible, unknown, implausible }

    func judge(_ value: Double) -> Verdict {
        if range.contains(value), !(isZeroUnknown && value == 0) { return .plausible }
        return isZeroUnknown && value == 0 ? .unknown : .implausible
    }
}

extension Metric {
    /// The hard bounds of a measured metric; `nil` for what is computed.
    ///
    /// - Source: the project's physiology reference, section 2.2 (plausibility bounds), where nothing else is
    ///   said. Zeros of ground contact and of the metrics beside it stand in real files at starts and stops.
    func bounds(of traits: SensorTraits) -> Bounds? {
        switch self {
        case .heartRate: Bounds(25...250)
        // Chosen for wheels: 108 km/h, a fast descent.
        case .speed: Bounds(traits.isOnFoot ? 0...12.5 : 0...30)
        case .cadence: Bounds(0...260)
        // Chosen: from a shuffle to the longest sprinting step.
        case .stepLength: Bounds(0.1...3, isZeroUnknown: true)
        case .groundContactTime: Bounds(100...500, isZeroUnknown: true)
        case .groundContactBalance: Bounds(40...60, isZeroUnknown: true)
        case .verticalOscillation: Bounds(20...200, isZeroUnknown: true)
        case .verticalRatio: Bounds(3...20, isZeroUnknown: true)
        case .legSpringStiffness: Bounds(3...30, isZeroUnknown: true)
        // Chosen for bicycles: above the 2,500 W of track sprinters.
        case .power: Bounds(traits.isOnFoot ? 0...1500 : 0...3000)
        case .formPower: Bounds(20...200, isZeroUnknown: true)
        // Chosen: sprints on rollers end near 250.
        case .crankCadence: Bounds(0...254)
        case .latitude: Bounds(-90...90)
        case .longitude: Bounds(-180...180)
        // Chosen: from below the Dead Sea to above Everest.
        case .elevation: Bounds(-500...9000)
        // Chosen: weather on earth, with a sensor left in the sun.
        case .temperature: Bounds(-50...70)
        case .coreTemperature: Bounds(35...42)
        // Chosen: skin in ice water to skin that burns.
        case .skinTemperature: Bounds(10...45)
        // The range of CORE's index.
        case .heatStrainIndex: Bounds(0...10)
        case .muscleOxygen, .bloodOxygen: Bounds(0...100)
        // Chosen: twice what muscle sensors show.
        case .haemoglobin: Bounds(0...30)
        case .rmssd, .pace, .distance, .steps, .energy, .wBalance, .zone, .trimp, .trimpBanister: nil
        }
    }

    /// Whether it is what its group is asked for most.
    var isLeading: Bool {
        switch self {
        case .heartRate, .speed, .power, .latitude, .muscleOxygen, .coreTemperature: true
        default: false
        }
    }
}
