public import Wire

/// Where readings of one kind come from: one sensor feeds a whole group at a time.
public enum MetricGroup: UInt8, CaseIterable, Hashable, Sendable {
    case heartRate, motion, power, position, muscleOxygen, temperature

    /// The key below `quality`.
    public var name: String {
        switch self {
        case .heartRate: "heart_rate"
        case .motion: "motion"
        case .power: "power"
        case .position: "position"
        case .muscleOxygen: "muscle_oxygen"
        case .temperature: "temperature"
        }
    }

    /// The key below `sensors`: the group's leading metric.
    public var sensorKey: String {
        switch self {
        case .heartRate: "heart_rate"
        case .motion: "speed"
        case .power: "power"
        case .position: "gps_lat"
        case .muscleOxygen: "smo2"
        case .temperature: "temperature"
        }
    }

    /// By the raw value of the group: its metrics, a bit for each raw value.
    static let metrics = Metric.allCases.reduce(into: SIMD8<UInt32>()) { groups, metric in
        groups[Int(metric.group.rawValue)] |= 1 << metric.rawValue
    }

    /// Past this age a value is not known any more. Source: the contract, section 2.
    public var staleness: Nanoseconds {
        switch self {
        case .heartRate, .motion, .power, .position: 5 * .second
        case .muscleOxygen: 10 * .second
        case .temperature: 120 * .second
        }
    }

    /// A sensor that gives no value for this long is replaced by one that does.
    ///
    /// Chosen. For what is sent every second or more often: one lost message, and a change-over below 2 s.
    /// Muscle sensors measure every 2 s at the slowest, and what is warm stays warm.
    var patience: Nanoseconds {
        switch self {
        case .heartRate, .motion, .power, .position: 1_500 * .millisecond
        case .muscleOxygen: 5 * .second
        case .temperature: 30 * .second
        }
    }
}

/// A number in a row, in the order, with the name and with the decimals in which messages carry it.
///
/// The table of the contract, section 2, as code. Raw values are stored for ever: append, never renumber.
public enum Metric: UInt8, CaseIterable, Hashable, Sendable {
    case heartRate
    case rmssd, speed, pace, distance, steps, energy, cadence
    case power, formPower, groundContactTime, groundContactBalance, verticalOscillation
    case verticalRatio, legSpringStiffness, stepLength, crankCadence, latitude, longitude, elevation
    case temperature, coreTemperature, skinTemperature, heatStrainIndex, muscleOxygen, bloodOxygen,
        haemoglobin
    case zone, trimp, trimpBanister, wBalance

    /// The key in messages. For ever: topics, columns and dashboards refer to it.
    public var name: String {
        switch self {
        case .heartRate: "heart_rate"
        case .rmssd: "rmssd"
        case .speed: "speed"
        case .pace: "pace"
        case .distance: "distance"
        case .steps: "steps"
        case .energy: "energy"
        case .cadence: "cadence"
        case .power: "power"
        case .formPower: "form_power"
        case .groundContactTime: "ground_contact_time"
        case .groundContactBalance: "ground_contact_balance"
        case .verticalOscillation: "vertical_oscillation"
        case .verticalRatio: "vertical_ratio"
        case .legSpringStiffness: "leg_spring_stiffness"
        case .stepLength: "step_length"
        case .crankCadence: "crank_cadence"
        case .latitude: "gps_lat"
        case .longitude: "gps_lon"
        case .elevation: "elevation"
        case .temperature: "temperature"
        case .coreTemperature: "core_temperature"
        case .skinTemperature: "skin_temperature"
        case .heatStrainIndex: "heat_strain_index"
        case .muscleOxygen: "smo2"
        case .bloodOxygen: "spo2"
        case .haemoglobin: "thb"
        case .zone: "hr_zone"
        case .trimp: "trimp"
        case .trimpBanister: "trimp_banister"
        case .wBalance: "w_balance"
        }
    }

    /// Decimals in messages and in the store; the contract's section "Names" gives them by unit.
    public var decimals: Int {
        switch self {
        case .heartRate, .steps, .energy, .cadence, .power, .formPower, .groundContactTime,
            .crankCadence, .zone, .wBalance:
            0
        case .rmssd, .pace, .distance, .groundContactBalance, .verticalOscillation, .verticalRatio,
            .legSpringStiffness, .elevation, .temperature, .coreTemperature, .skinTemperature,
            .heatStrainIndex, .muscleOxygen, .bloodOxygen, .trimp, .trimpBanister:
            1
        case .speed, .stepLength, .haemoglobin: 2
        case .latitude, .longitude: 7
        }
    }

    public var group: MetricGroup {
        switch self {
        case .heartRate, .rmssd, .energy, .zone, .trimp, .trimpBanister: .heartRate
        case .speed, .pace, .distance, .steps, .cadence, .groundContactTime, .groundContactBalance,
            .verticalOscillation, .verticalRatio, .legSpringStiffness, .stepLength:
            .motion
        case .power, .formPower, .crankCadence, .wBalance: .power
        case .latitude, .longitude, .elevation: .position
        case .temperature, .coreTemperature, .skinTemperature, .heatStrainIndex: .temperature
        case .muscleOxygen, .bloodOxygen, .haemoglobin: .muscleOxygen
        }
    }
}
