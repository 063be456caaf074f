import Profiles
import Testing
import Twin
import Units
import Wire

/// What the operator says about a sensor, and what it does to rows.
@Suite struct SettingsTests {
    let wheel = SensorID.ant(number: 1, type: 123)
    let pod = SensorID.ant(number: 1, type: 124)

    @Test("Without a circumference a wheel has neither speed nor distance")
    func unknownWheel() {
        var twin = Twin()
        twin.take(.wheelRate(RotationRate(200)), from: wheel, at: second(0.1))
        twin.take(.wheelRevolutions(7), from: wheel, at: second(0.2))
        #expect(twin.closeSecond(at: second(1)) == nil)
    }

    @Test("With it, turns become metres exactly, and a wheel may be faster than legs")
    func wheelSpeed() throws {
        var twin = Twin()
        var traits = SensorTraits()
        traits.wheelCircumference = 2.125
        for turn in 0...40 {
            let time = second(Double(turn) / 10)
            twin.take(.wheelRevolutions(UInt64(1_000 + turn)), from: wheel, as: traits, at: time)
            twin.take(.wheelRate(RotationRate(600)), from: wheel, as: traits, at: time)
        }
        let closed = twin.closeSecond(at: second(4))
        let row = try #require(closed)
        #expect(row[.distance] == 40 * 2.125)
        #expect(row[.speed] == 21.25)
        #expect(row.sensor(of: .motion) == wheel)
    }

    @Test("Turns from before the circumference was known, or while it was not, are nobody's metres")
    func wheelLearned() {
        var twin = Twin()
        var traits = SensorTraits()
        var expected = 0.0
        for turn in 0..<60 {
            traits.wheelCircumference = (10..<20).contains(turn) ? 2 : turn >= 40 ? 1.5 : nil
            if (11..<20).contains(turn) { expected += 2 }
            if turn > 40 { expected += 1.5 }
            twin.take(.wheelRevolutions(UInt64(turn)), from: wheel, as: traits, at: second(Double(turn) / 10))
        }
        #expect(twin.closeSecond(at: second(6))?[.distance] == expected)
    }

    @Test("Calibration multiplies speed and distance; a change counts from where it happens")
    func calibration() throws {
        var twin = Twin()
        var traits = SensorTraits()
        for step in 0...80 {
            traits.calibration = step <= 40 ? 1.5 : 0.5
            let time = second(Double(step) / 4)
            twin.take(.distance(Distance(Double(step))), from: pod, as: traits, at: time)
            twin.take(.speed(Speed(4)), from: pod, as: traits, at: time)
            if step == 40 { twin.startSession() }
        }
        let closed = twin.closeSecond(at: second(20))
        let row = try #require(closed)
        #expect(row[.distance] == 40 * 0.5)
        #expect(row[.speed] == 2)
        twin.endSession()
        let after = twin.closeSecond(at: second(21))
        #expect(after?[.distance] == 40 * 1.5 + 40 * 0.5)
    }

    @Test("Two pods of one runner, one on each foot, count once")
    func bothFeet() {
        var twin = Twin()
        let left = SensorID.ant(number: 2, type: 124)
        for step in 0...400 {
            let time = second(Double(step) / 4)
            for foot in [pod, left] {
                twin.take(.distance(Distance(Double(step))), from: foot, at: time)
                twin.take(.strideCount(UInt64(step)), from: foot, at: time)
            }
        }
        let row = twin.closeSecond(at: second(100))
        #expect(row?[.distance] == 400)
        #expect(row?[.steps] == 800)
    }

    private func second(_ seconds: Double) -> Instant { Instant(nanoseconds: Nanoseconds(seconds * 1e9)) }
}
