import Profiles
import Testing
import Units
import Wire

/// A power meter: updates of chosen power and period, pages at 4 Hz, of which the test drops and swaps some.
private struct Meter {
    var time = Instant(nanoseconds: 0)
    var updates: UInt8 = 0
    var accumulated: UInt16 = 0
    var power: UInt16 = 0
    var cadence: UInt8 = 0xFF
    var ticks: UInt8 = 0
    var period: UInt16 = 0
    var torque: UInt16 = 0

    mutating func measure(_ watts: UInt16, in delay: Nanoseconds = .second / 4) {
        updates &+= 1
        accumulated &+= watts
        power = watts
        time = time + delay
    }

    /// One turn that takes `period`, 1/2048 s, against `torque`, 1/32 Nm.
    mutating func turn(period more: UInt16, torque newtons: UInt16) {
        updates &+= 1
        ticks &+= 1
        period &+= more
        torque &+= newtons
        time = time + Nanoseconds(more) * .second / 2048
    }

    mutating func wait(_ delay: Nanoseconds) { time = time + delay }

    var page: Payload { page(16, 0xFF, accumulated, power) }
    var wheel: Payload { page(17, ticks, period, torque) }
    var crank: Payload { page(18, ticks, period, torque) }

    private func page(_ number: UInt8, _ second: UInt8, _ middle: UInt16, _ last: UInt16) -> Payload {
        Payload([
            number, updates, second, cadence, UInt8(truncatingIfNeeded: middle), UInt8(middle >> 8),
            UInt8(truncatingIfNeeded: last), UInt8(last >> 8),
        ])!
    }
}

@Suite struct BikePowerTests {
    private var meter = Meter()
    private var profile = BikePower()

    private mutating func readings(_ page: Payload) throws -> [Reading] {
        var readings: [Reading] = []
        try profile.decode(page, at: meter.time, into: &readings)
        return readings
    }

    private func watts(_ value: Double) -> Reading { .power(Power(value)) }

    @Test("Power is told once a second page shows that the meter is awake, then with every page")
    mutating func instantaneous() throws {
        meter.measure(200)
        #expect(try readings(meter.page).isEmpty)
        meter.measure(210)
        #expect(try readings(meter.page) == [watts(210)])
        meter.wait(.second / 4)
        #expect(try readings(meter.page) == [watts(210)])
    }

    @Test("Over a gap the power is the average, through every wrap of count and sum")
    mutating func gaps() throws {
        _ = try readings(meter.page)
        for _ in 0..<300 {
            for watts in [100, 300, 500] as [UInt16] { meter.measure(watts) }
            #expect(try readings(meter.page) == [watts(300)])
        }
    }

    @Test("An average in which the sum may have wrapped is not told, the instantaneous power is")
    mutating func longGap() throws {
        _ = try readings(meter.page)
        for _ in 0..<32 { meter.measure(2000) }
        #expect(try readings(meter.page) == [watts(2000)])
        for _ in 0..<33 { meter.measure(2001) }
        meter.measure(40)
        #expect(try readings(meter.page) == [watts(40)])
    }

    @Test("Coasting is 0 W for three seconds; after that the meter sleeps and says nothing")
    mutating func coasting() throws {
        _ = try readings(meter.page)
        (meter.cadence, meter.power) = (0, 0)
        meter.measure(0)
        let coasting = [watts(0), .crankRate(RotationRate(0))]
        for _ in 0...12 {
            #expect(try readings(meter.page) == coasting)
            meter.wait(.second / 4)
        }
        for _ in 0..<200 {
            #expect(try readings(meter.page).isEmpty)
            meter.wait(.second / 4)
        }
        meter.measure(150)
        #expect(try readings(meter.page) == [watts(150), .crankRate(RotationRate(0))])
    }

    @Test("After a silence in which the count may have wrapped, nothing is told until it moves again")
    mutating func silence() throws {
        _ = try readings(meter.page)
        meter.measure(200)
        #expect(try readings(meter.page) == [watts(200)])
        meter.measure(300, in: 26 * .second)
        #expect(try readings(meter.page).isEmpty)
        meter.measure(310)
        #expect(try readings(meter.page) == [watts(310)])
    }

    @Test("A late page says nothing and does not disturb the sum")
    mutating func late() throws {
        _ = try readings(meter.page)
        meter.measure(100)
        let late = meter.page
        meter.measure(200)
        _ = try readings(meter.page)
        #expect(try readings(late).isEmpty)
        meter.measure(300)
        meter.measure(500)
        #expect(try readings(meter.page) == [watts(400)])
    }

    @Test("A meter that starts again at zero is followed from there")
    mutating func restart() throws {
        _ = try readings(meter.page)
        for count in [254, 0, 100] as [UInt8] {
            (meter.updates, meter.accumulated) = (count, 7)
            var told: [Reading] = []
            for _ in 0..<12 {
                meter.measure(250)
                told += try readings(meter.page)
            }
            #expect(told.allSatisfy { $0 == watts(250) || $0 == watts(257.0 / 2) })
            #expect(told.count >= 3)
        }
    }

    @Test("Crank torque gives power and cadence with each update, through every wrap")
    mutating func crankTorque() throws {
        _ = try readings(meter.crank)
        for _ in 0..<300 {
            meter.turn(period: 2048, torque: 1000)
            let told = try readings(meter.crank)
            #expect(told.count == 2)
            guard case .power(let power) = told.first else { continue }
            #expect(abs(power.value - 196.349540849362) < 1e-9)
            #expect(told.last == .crankRate(RotationRate(60)))
            #expect(try readings(meter.crank).isEmpty)
        }
        meter.cadence = 61
        meter.turn(period: 2048, torque: 0)
        #expect(try readings(meter.crank) == [watts(0), .crankRate(RotationRate(61))])
    }

    @Test("Wheel torque gives power, the wheel's rate and its turns")
    mutating func wheelTorque() throws {
        _ = try readings(meter.wheel)
        meter.cadence = 80
        meter.turn(period: 512, torque: 32)
        meter.turn(period: 512, torque: 32)
        let told = try readings(meter.wheel)
        #expect(
            told == [
                watts(8 * .pi), .wheelRate(RotationRate(240)), .wheelRevolutions(2),
                .crankRate(RotationRate(80)),
            ]
        )
    }

    @Test("An update without a period, and one in which a sum may have wrapped, have no power")
    mutating func unknowableTorque() throws {
        _ = try readings(meter.crank)
        meter.updates &+= 1
        #expect(try readings(meter.crank).isEmpty)
        for _ in 0..<8 { meter.turn(period: 1024, torque: 3200) }
        #expect(try readings(meter.crank).count == 2)
        for _ in 0..<9 { meter.turn(period: 1024, torque: 3200) }
        #expect(try readings(meter.crank).isEmpty)
    }

    @Test("Crank torque frequency gives cadence, and power once the zero offset is known")
    mutating func torqueFrequency() throws {
        func page(_ updates: UInt8, _ time: UInt16, _ ticks: UInt16, slope: UInt8 = 0x2C) -> Payload {
            Payload([
                32, updates, 0x01, slope, UInt8(time >> 8), UInt8(truncatingIfNeeded: time),
                UInt8(ticks >> 8),
                UInt8(truncatingIfNeeded: ticks),
            ])!
        }
        #expect(try readings(page(0, 0, 0)).isEmpty)
        meter.wait(.second)
        #expect(try readings(page(1, 2000, 800)) == [.crankRate(RotationRate(60))])
        let offset = try #require(Payload([1, 0x10, 1, 0xFF, 0xFF, 0xFF, 0x01, 0xF4]))
        #expect(try readings(offset).isEmpty)
        meter.wait(.second)
        #expect(try readings(page(2, 4000, 1600)) == [watts(20 * .pi), .crankRate(RotationRate(60))])
        meter.wait(.second)
        #expect(try readings(page(3, 6000, 1700)) == [watts(0), .crankRate(RotationRate(60))])
        #expect(try readings(page(3, 6000, 1700)).isEmpty)
        #expect(try readings(page(4, 6000, 1700)).isEmpty)
    }

    @Test("The cadence of a foot pod is one of strides, once it says who made it")
    mutating func footPod() throws {
        meter.cadence = 86
        _ = try readings(meter.page)
        meter.measure(281)
        #expect(try readings(meter.page) == [watts(281), .crankRate(RotationRate(86))])
        for (maker, cadence) in [
            (95, .strideRate(StrideRate(86))), (1, .crankRate(RotationRate(86))),
        ] as [(UInt8, Reading)] {
            _ = try readings(try #require(Payload([80, 0xFF, 0xFF, 1, maker, 0, 0x34, 0x12])))
            meter.measure(282)
            #expect(try readings(meter.page) == [watts(282), cadence])
        }
    }

    @Test("Each kind of page has a count of its own")
    mutating func interleaved() throws {
        var torque = Meter()
        _ = try readings(meter.page)
        _ = try readings(torque.crank)
        for _ in 0..<20 {
            meter.measure(200)
            #expect(try readings(meter.page) == [watts(200)])
            torque.turn(period: 512, torque: 64)
            #expect(try readings(torque.crank).count == 2)
        }
    }
}
