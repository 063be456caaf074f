public import Wire

/// What Polar's measurement service is asked for, at its control point, and what it answers.
///
///     start:    02   kind   setting, count, value u16, ...     setting 0 samples a second, 1 bits
///     stop:     03   kind
///     answer:   F0   request   kind   status                   as an indication
///
/// Frames then come as ``PolarMeasurementData``. A stream is to be stopped before the link is cut.
///
/// - Source: polarofficial/polar-ble-sdk, `technical_documentation/online_measurement.pdf` and
///   `PmdControlPointResponse`.
/// - Checked: the start of ECG against two open programs that send the same bytes to an H10.
public enum PolarMeasurementControl {
    public static let characteristic = AttributeUUID(
        UUID(high: 0xFB00_5C81_02E7_F387, low: 0x1CAD_8ACD_2D8D_F0C8)
    )

    /// The kinds of measurement that can be asked for here.
    public enum Kind: UInt8, Hashable, Sendable {
        /// 130 Hz, 14 bits: the one setting of an H10.
        case electrocardiogram = 0
        /// Of optical sensors. They have no settings.
        case pulseIntervals = 3
    }

    private static let (startCode, stopCode, answerCode): (UInt8, UInt8, UInt8) = (0x02, 0x03, 0xF0)

    /// The bytes that start a stream.
    public static func start(_ kind: Kind) -> [UInt8] {
        switch kind {
        case .electrocardiogram: [startCode, kind.rawValue, 0, 1, 130, 0, 1, 1, 14, 0]
        case .pulseIntervals: [startCode, kind.rawValue]
        }
    }

    /// The bytes that stop a stream.
    public static func stop(_ kind: Kind) -> [UInt8] { [stopCode, kind.rawValue] }

    /// How a request was taken.
    public enum Answer: Hashable, Sendable {
        case started(Kind)
        case stopped(Kind)
        /// The sensor is already doing, or not doing, what was asked. As good as done.
        case unchanged(Kind)
        /// The sensor measures no such thing.
        case unsupported(Kind)
        /// It cannot now, or not so; `status` says why.
        case refused(Kind, status: UInt8)
    }

    /// What an indication answers, or `nil` when it is no answer to a request made here.
    public static func answer(_ payload: Payload) -> Answer? {
        var reader = ByteReader(payload)
        guard reader.uint8() == answerCode, let code = reader.uint8(),
            let kind = reader.uint8().flatMap(Kind.init), let status = reader.uint8()
        else { return nil }
        guard code == startCode || code == stopCode else { return nil }
        return switch status {
        case 0: code == startCode ? .started(kind) : .stopped(kind)
        case 2, 3: .unsupported(kind)
        case 6: .unchanged(kind)
        default: .refused(kind, status: status)
        }
    }
}
