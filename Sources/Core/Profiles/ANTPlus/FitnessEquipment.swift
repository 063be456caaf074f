import Units
public import Wire

/// ANT+ Fitness Equipment, device type 17: treadmills, ellipticals, rowers, climbers, Nordic skiers,
/// trainers and stationary bikes. Byte 7 of pages 16-26 holds the state in bits 4-6 (1 off, 2 ready, 3 in
/// use, 4 paused) and a bit 7 that changes with each lap.
///
///     page  byte 1    2         3         4         5         6         7
///      16   kind      time      distance  speed, 1/1000 m/s   rate      bits 0-3   general
///      17   ..        ..        cycle     incline, signed     resist.              settings
///      18   ..        MET, 0.01           0.1 kcal/h          kcal                 metabolism
///      19   ..        ..        ..        cadence   down      up                   treadmill
///      20   ..        up        strides   cadence   power, W                       elliptical
///      21   ..        ..        ..        cadence   power, W                       stationary bike
///      22   ..        ..        strokes   cadence   power, W                       rower
///      23   ..        ..        strides   cadence   power, W                       climber
///      24   ..        ..        strides   cadence   power, W                       Nordic skier
///      25   updates   cadence   accumulated power   power, 12 bits | status        trainer
///      26   updates   ticks     period, 1/2048 s    torque, 1/32 Nm                trainer, torque
///      54   ..        ..        ..        ..        resistance, N       modes      capabilities
///
/// - 16: kind 19 treadmill, 20 elliptical, 22 rower, 23 climber, 24 Nordic skier, 25 trainer; time 1/4 s,
///   wraps at 64 s; distance m, wraps at 256 m; speed FFFF = not known; heart rate beats/min, FF = not
///   known; byte 7: bits 0-1 where the rate is from (0 nowhere, 1 an ANT+ strap, 2 an EM receiver, 3 hand
///   contacts), bit 2 distance counts, bit 3 speed is that of a simulated bike
/// - 17: cycle 0.01 m, FF; incline 0.01 %, 7FFF; resistance 1/2 %, FF = not known
/// - 19-24: cadence in strides, strokes or turns/min, FF = not known; up and down 0.1 m; power FFFF = not
///   known
/// - 25: as page 16 of ``BikePower``, cadence FF and power FFF = not known; high nibble of byte 6: bit 0
///   zero offset, 1 spin-down, 2 user configuration wanted; bits 0-1 of byte 7: 0 at target power, 1 too
///   slow, 2 too fast, 3 no telling
/// - 26: as page 17 of ``BikePower``, one byte further on
/// - 54: FFFF = not known; modes bit 0 basic resistance, 1 target power, 2 simulation
///
/// Pages 64-95 are ``CommonPages``. The heart rate of an ANT+ strap is not told: the gateway hears the strap
/// itself and would count it twice. Cadence becomes a stride rate or a crank rate by page; strokes of a rower
/// become neither. Distance is that of ``DistanceCounter``.
///
/// - Source: ANT+ Device Profile D000001231, "Fitness Equipment", as implemented in StephenHidem/AntPlus
///   `FitnessEquipment` and GoldenCheetah `ANTMessage.cpp`.
/// - Checked: pages 25, 26 and 71 against real frames; 16, 17 and 25 against openant, which reads the state
///   and page 26 wrongly, see `Tests/Core/ProfilesTests/Peers`.
public struct FitnessEquipment: SensorProfile {
    public static let name = "ant.fe"
    public static let address = ProfileAddress.antPlus(deviceType: 17, period: 8192)

    private var power = PowerCounter()
    private var torque = TorqueCounter()
    private var distance = DistanceCounter(bits: 8, unit: 1)
    private var common = CommonPages()

    public init() {}

    public mutating func update(_ page: Page, at time: Instant, into readings: inout [Reading]) {
        switch page {
        case .general(let bytes): takeGeneral(bytes, at: time, into: &readings)
        case .machine(let bytes): Self.takeMachine(bytes, into: &readings)
        case .trainer(let bytes): takeTrainer(bytes, at: time, into: &readings)
        case .trainerTorque(let bytes): takeTorque(bytes, at: time, into: &readings)
        case .settings, .metabolism, .capabilities: break
        case .common(let page): common.update(page, at: time, into: &readings)
        }
    }

    private mutating func takeGeneral(_ bytes: ANTPage, at time: Instant, into readings: inout [Reading]) {
        if let metres = Page.distance(of: bytes) {
            guard distance.take(metres, at: time) else { return }
            readings.append(.distance(distance.total))
        } else {
            distance.resynchronise()
        }
        if let speed = Page.speed(of: bytes) { readings.append(.speed(Speed(speed))) }
        if let rate = bytes[6].unless(0xFF), rate > 0, bytes[7] & 0x02 != 0 {
            readings.append(.heartRate(HeartRate(Double(rate))))
        }
    }

    private static func takeMachine(_ bytes: ANTPage, into readings: inout [Reading]) {
        if bytes[0] != 19, let power = bytes.uint16(at: 5).unless(0xFFFF) {
            readings.append(.power(Power(Double(power))))
        }
        guard let cadence = bytes[4].unless(0xFF) else { return }
        switch bytes[0] {
        case 21: readings.append(.crankRate(RotationRate(Double(cadence))))
        case 22: break
        default: readings.append(.strideRate(StrideRate(Double(cadence))))
        }
    }

    private mutating func takeTrainer(_ bytes: ANTPage, at time: Instant, into readings: inout [Reading]) {
        let verdict = power.take(updates: bytes[1], accumulated: bytes.uint16(at: 3), at: time)
        if verdict == .stale { return }
        if let instantaneous = Page.trainerPower(of: bytes) {
            if case .average(let power) = verdict {
                readings.append(.power(power))
            } else {
                readings.append(.power(Power(Double(instantaneous))))
            }
        }
        if let cadence = bytes[2].unless(0xFF) {
            readings.append(.crankRate(RotationRate(Double(cadence))))
        }
    }

    private mutating func takeTorque(_ bytes: ANTPage, at time: Instant, into readings: inout [Reading]) {
        let advance = torque.take(
            updates: bytes[1],
            ticks: bytes[2],
            period: bytes.uint16(at: 3),
            torque: bytes.uint16(at: 5),
            at: time
        )
        if let power = advance?.power { readings.append(.power(power)) }
    }
}
