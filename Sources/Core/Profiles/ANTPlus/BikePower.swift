import Units
public import Wire

/// ANT+ Bicycle Power, device type 11: power meters in cranks, pedals and hubs, and the running power of foot
/// pods.
///
/// Page 16, power:
///
///     byte    0      1        2        3        4     5       6     7
///             10     NN       r share  CC       AA    AA      PP    PP
///             page   updates  pedal    cadence  accumulated   instantaneous
///
/// Pages 17 (wheel) and 18 (crank), torque:
///
///     byte    0      1        2        3        4     5       6     7
///             11     NN       KK       CC       pp    pp      TT    TT
///             page   updates  ticks    cadence  period        torque
///
/// Page 19, torque effectiveness and pedal smoothness; page 32, crank torque frequency, most significant byte
/// first, the only one that is:
///
///     byte    0      1        2        3        4     5       6     7
///             13     NN       left TE  right TE left  right   FF    FF
///             20     NN       SS       SS       tt    tt      kk    kk
///             page   updates  slope             time          torque ticks
///
/// - N: updates, each page with a count of its own; wraps at 256
/// - r, share: bit 7 set = share of the right pedal, clear = of an unknown one; bits 0-6 %; FF = not known
/// - C: cadence as the sensor has it, 1/min; FF = not known
/// - A, P: power, W. A wraps at 65536. P has no "not known"
/// - K: turns of the wheel or crank; wraps at 256
/// - p, T: period, 1/2048 s, and torque, 1/32 Nm, each the sum over all updates; wrap at 32 s and 2048 Nm
/// - TE and smoothness: 1/2 %; FF = not known; FE as right smoothness: the left one is that of both
/// - S, t, k: slope 1/10 Nm/Hz; time of the newest turn, 1/2000 s; sum of torque ticks; wrap at 65536
///
/// Page 1, calibration, by its byte 1: AA request, AB set auto-zero, AC success and AF failure with
/// auto-zero at byte 2 (0 off, 1 on, FF none) and data (signed) at byte 6; 12 auto-zero at byte 2 (bit 0
/// supported, bit 1 on); 10 torque frequency, by byte 2: 1 zero offset, 2 slope, 3 serial, AC answer, with
/// the value at byte 6, most significant byte first. BA, BB, BC, BD: a maker's own parameters in bytes 2-7.
/// Page 2, parameters, by its byte 1: 1 crank length, byte 4, 110 mm + 1/2 mm (FE, FF not known). Page 3,
/// measurement output during calibration: low nibble of byte 1 number of kinds; byte 2 kind; value =
/// (signed at byte 6) · 2^(signed byte 3); byte 4 time, 1/2048 s. Pages 64-95 are ``CommonPages``. The
/// pages of cycling dynamics (E0-E2) are not read.
///
/// Formulas: ``PowerCounter``, ``TorqueCounter``, ``TorqueFrequencyCounter``. Power of a page 16 is the
/// instantaneous one while updates come, the average after a gap. A constant count is coasting, and what
/// the page holds is true, for 3 s; later it is a sensor that sleeps and repeats itself, and nothing is told.
/// Nor is it from the first page on, until the count moves. Torque pages give power and rate
/// with each update.
///
/// - Source: ANT+ Device Profile D00001086, "Bicycle Power", as implemented in StephenHidem/AntPlus
///   `BicyclePower`, GoldenCheetah `ANTMessage.cpp` and openant `power_meter.py`.
/// - Checked: pages 16 and 18 against openant, see `Tests/Core/ProfilesTests/Peers`; the rest by reading.
public struct BikePower: SensorProfile {
    public static let name = "ant.power"
    public static let address = ProfileAddress.antPlus(deviceType: 11, period: 8182)

    private var power = PowerCounter()
    private var wheel = TorqueCounter()
    private var crank = TorqueCounter()
    private var frequency = TorqueFrequencyCounter()
    /// Of a torque-frequency sensor, Hz, from its last calibration.
    private var offset: UInt16?
    private var isFootPod = false
    private var common = CommonPages()

    /// Stryd's FIT manufacturer number. Stryd makes nothing but foot pods.
    private static let stryd: UInt16 = 95

    public init() {}

    public mutating func update(_ page: Page, at time: Instant, into readings: inout [Reading]) {
        switch page {
        case .power(let bytes): takePower(bytes, at: time, into: &readings)
        case .wheelTorque(let bytes): takeWheel(bytes, at: time, into: &readings)
        case .crankTorque(let bytes): takeCrank(bytes, at: time, into: &readings)
        case .torqueFrequency(let bytes): takeFrequency(bytes, at: time, into: &readings)
        case .calibration(let bytes): offset = Page.zeroOffset(of: bytes) ?? offset
        case .parameters, .measurement, .effectiveness: break
        case .common(let page):
            if let maker = page.manufacturer { isFootPod = maker == Self.stryd }
            common.update(page, at: time, into: &readings)
        }
    }

    private mutating func takePower(_ bytes: ANTPage, at time: Instant, into readings: inout [Reading]) {
        switch power.take(updates: bytes[1], accumulated: bytes.uint16(at: 4), at: time) {
        case .stale: return
        case .instantaneous: readings.append(.power(Power(Double(bytes.uint16(at: 6)))))
        case .average(let power): readings.append(.power(power))
        }
        appendCadence(of: bytes, to: &readings)
    }

    private mutating func takeWheel(_ bytes: ANTPage, at time: Instant, into readings: inout [Reading]) {
        guard let advance = Self.advance(&wheel, by: bytes, at: time) else { return }
        if let power = advance.power { readings.append(.power(power)) }
        if let rate = advance.rate { readings.append(.wheelRate(rate)) }
        readings.append(.wheelRevolutions(wheel.total))
        appendCadence(of: bytes, to: &readings)
    }

    private mutating func takeCrank(_ bytes: ANTPage, at time: Instant, into readings: inout [Reading]) {
        guard let advance = Self.advance(&crank, by: bytes, at: time) else { return }
        if let power = advance.power { readings.append(.power(power)) }
        if bytes[3] != 0xFF {
            appendCadence(of: bytes, to: &readings)
        } else if let rate = advance.rate {
            readings.append(.crankRate(rate))
        }
    }

    private mutating func takeFrequency(_ bytes: ANTPage, at time: Instant, into readings: inout [Reading]) {
        let advance = frequency.take(
            updates: bytes[1],
            slope: bytes.uint16(at: 2).byteSwapped,
            time: bytes.uint16(at: 4).byteSwapped,
            ticks: bytes.uint16(at: 6).byteSwapped,
            offset: offset,
            at: time
        )
        if let power = advance?.power { readings.append(.power(power)) }
        if let rate = advance?.rate { readings.append(.crankRate(rate)) }
    }

    private func appendCadence(of bytes: ANTPage, to readings: inout [Reading]) {
        guard let cadence = bytes[3].unless(0xFF).map({ Double($0) }) else { return }
        readings.append(isFootPod ? .strideRate(StrideRate(cadence)) : .crankRate(RotationRate(cadence)))
    }

    private static func advance(
        _ counter: inout TorqueCounter,
        by bytes: ANTPage,
        at time: Instant
    ) -> TorqueCounter.Advance? {
        counter.take(
            updates: bytes[1],
            ticks: bytes[2],
            period: bytes.uint16(at: 4),
            torque: bytes.uint16(at: 6),
            at: time
        )
    }
}
