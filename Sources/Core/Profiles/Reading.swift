public import Units
public import Wire

/// One thing that a sensor said, typed by what it is and in which unit. The same for every radio.
///
/// Sinks switch over it exhaustively, so a new case is a compile error wherever it is not handled.
/// Every case is of fixed size: a reading never allocates.
public enum Reading: Hashable, Sendable {
    /// The sensor's own, already smoothed rate. Not sent when the sensor says "no value".
    case heartRate(HeartRate)
    /// One interval between beats, oldest first.
    case beat(Beat)
    /// So many beats happened whose intervals are not known. A gap is a gap.
    case beatsMissed(Int)
    /// Whether the sensor touches skin; only from sensors that can tell.
    case contact(Bool)
    case speed(Speed)
    case strideRate(StrideRate)
    /// Distance covered since the profile's first page; grows by what the sensor's counter says.
    case distance(Distance)
    /// Strides (two steps each) since the profile's first page.
    case strideCount(UInt64)
    case strideLength(Distance)
    /// One foot on the ground during a step.
    case groundContactTime(Interval)
    /// The left foot's share of the time on the ground.
    case groundContactBalance(Share)
    case verticalOscillation(Distance)
    /// Vertical oscillation against step length.
    case verticalRatio(Share)
    case legSpringStiffness(Stiffness)
    case power(Power)
    /// The part of a runner's power that does not move them forward.
    case formPower(Power)
    /// Of the cranks of a bicycle.
    case crankRate(RotationRate)
    /// Of a wheel whose circumference the sensor does not know.
    case wheelRate(RotationRate)
    /// Turns of that wheel since the profile's first page.
    case wheelRevolutions(UInt64)
    case position(Position)
    case elevation(Distance)
    case ambientTemperature(Temperature)
    case coreTemperature(Temperature)
    case skinTemperature(Temperature)
    /// CORE's index, 0...10, no unit.
    case heatStrainIndex(Double)
    /// Oxygen saturation of muscle tissue.
    case muscleOxygen(Share)
    /// Total haemoglobin in muscle tissue.
    case haemoglobin(Concentration)
    /// Oxygen saturation of arterial blood.
    case bloodOxygen(Share)
    /// What the sensor says about itself.
    case fact(SensorFact)
}

/// The interval between two heart beats.
public struct Beat: Hashable, Sendable {
    /// The interval, 1/1024 s.
    public var interval: UInt16
    /// Whether the interval ends the beat before the newest one of its page, worked out from times that
    /// the sensor sent on two pages.
    public var isRecovered: Bool

    public init(interval: UInt16, isRecovered: Bool = false) {
        (self.interval, self.isRecovered) = (interval, isRecovered)
    }

    /// The interval in milliseconds.
    public var milliseconds: Double { Double(interval) * 1000 / 1024 }
}

/// What a sensor says about itself.
public enum SensorFact: Hashable, Sendable {
    /// A FIT manufacturer number; `isLowByte` when the page has room for the low byte only.
    case manufacturer(UInt16, isLowByte: Bool)
    case model(UInt16)
    case hardware(UInt16)
    /// Software as its profile writes it, times 1000: version 4.5 is 4500.
    case software(UInt32)
    case serial(UInt32)
    /// The upper half of a serial whose lower half is the ANT device number.
    case serialUpper(UInt16)
    /// Charge, per cent, 0...100.
    case batteryLevel(UInt8)
    case batteryStatus(BatteryStatus)
    /// Volts.
    case batteryVoltage(Double)
    /// Whether beat times are computed (an optical sensor) rather than measured. Computed ones are no
    /// basis for heart-rate variability.
    case beatsAreComputed(Bool)
    /// Where the sensor is worn, as its profile numbers it.
    case location(UInt8)
    /// A string of the device information service.
    case text(InformationString, Payload)
}

/// Which string of the device information service.
public enum InformationString: Hashable, Sendable {
    case manufacturer, model, serial, hardware, firmware, software
}

/// Coarse state of a sensor's battery, as ANT+ common page 82 numbers it.
public enum BatteryStatus: UInt8, Hashable, Sendable {
    case new = 1
    case good, ok, low, critical
}
