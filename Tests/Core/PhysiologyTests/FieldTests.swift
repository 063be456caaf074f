import Physiology
import Testing
import Units
import Wire

@Suite struct DistanceTests {
    private func position(_ latitude: Double, _ longitude: Double) -> Position {
        Position(latitude: latitude, longitude: longitude)!
    }

    private func seconds(_ count: Double) -> Instant { Instant(nanoseconds: Int64(count * 1e9)) }

    @Test("A degree of latitude is 111.195 km on the sphere; places that do not exist are refused")
    func greatCircle() {
        let degree = position(0, 0).greatCircle(to: position(1, 0))
        #expect(abs(degree.value - 111_195.08) < 0.01)
        #expect(position(10, 20).greatCircle(to: position(10, 20)) == Distance(0))
        #expect(Position(latitude: 91, longitude: 0) == nil)
        #expect(Position(latitude: 0, longitude: .nan) == nil)
    }

    @Test("On the equator the plane follows the ellipsoid: 110.574 m north, 111.320 m east a thousandth")
    func projection() {
        let plane = LocalProjection(origin: position(0, 0))
        #expect(abs(plane.distance(position(0, 0), position(0.001, 0)).value - 110.574) < 0.001)
        #expect(abs(plane.distance(position(0, 0), position(0, 0.001)).value - 111.320) < 0.001)
        let point = plane.point(position(0.001, -0.001))
        #expect(point.north > 0 && point.east < 0)
    }

    @Test("A long way north is the sum of its meridian, though the plane was laid at its start")
    func replaned() {
        var path = PathLength()
        // 0.00002° a second is 2.2 m/s; half a degree takes 25 000 s.
        for second in 0...25_000 {
            path.add(position(45 + 0.00002 * Double(second), 7), at: seconds(Double(second)))
        }
        // The meridian from 45° to 45.5° on WGS 84.
        #expect(abs(path.total.value / 55_570.6 - 1) < 2e-4)
        #expect(path.coverage.share == Share(100))
    }

    @Test("A jump adds nothing; the third in a row is believed as a place, not as a way")
    func jumps() {
        var path = PathLength()
        path.add(position(45, 7), at: seconds(0))
        path.add(position(45.01, 7), at: seconds(1))
        path.add(position(45.00002, 7), at: seconds(2))
        #expect(path.jumps == 1)
        #expect(abs(path.total.value - 2.22) < 0.01)
        let before = path.total
        for second in 3...5 { path.add(position(45.01, 7), at: seconds(Double(second))) }
        #expect(path.total == before)
        path.add(position(45.01002, 7), at: seconds(6))
        #expect(abs((path.total - before).value - 2.22) < 0.01)
    }

    @Test("A gap of more than ten seconds adds nothing and is told")
    func gap() {
        var path = PathLength()
        path.add(position(45, 7), at: seconds(0))
        path.add(position(45.0001, 7), at: seconds(30))
        #expect(path.total == Distance(0))
        #expect(path.coverage.missed == 30 * .second)
        path.add(position(45.0002, 7), at: seconds(29))
        #expect(path.total == Distance(0))
    }

    @Test("Standing still collects no jitter")
    func standing() {
        var path = PathLength()
        for second in 0..<600 {
            let jitter = second.isMultiple(of: 2) ? 0.000005 : 0
            path.add(position(45 + jitter, 7), at: seconds(Double(second)), speed: Speed(0.1))
        }
        #expect(path.total == Distance(0))
    }

    @Test("The gate refuses poor fixes, does not blame silence, and tells the share")
    func gate() {
        var gate = FixGate()
        #expect(gate.rejectedShare == nil)
        var verdicts = [gate.accept(FixGate.Fix())]
        var poor = FixGate.Fix()
        poor.horizontalDilution = 4.1
        verdicts.append(gate.accept(poor))
        var flat = FixGate.Fix()
        flat.isThreeDimensional = false
        verdicts.append(gate.accept(flat))
        var few = FixGate.Fix()
        few.satellites = 5
        verdicts.append(gate.accept(few))
        #expect(verdicts == [true, false, false, false])
        #expect(gate.rejectedShare == Share(75))
    }
}

@Suite struct SpeedTests {
    private let tenth = 100 * Nanoseconds.millisecond

    @Test("Zones hold the whole distance, and a speed on a bound belongs to the upper one")
    func zones() throws {
        var zones = try #require(SpeedZoneDistances())
        for speed in [1.0, 2, 5.5, 7, 8] { zones.add(Speed(speed), lasting: .second) }
        #expect(zones.distances.map(\.value) == [1, 2, 0, 5.5, 15])
        #expect(zones.total == Distance(23.5))
        #expect(zones.highest == Speed(8))
        zones.add(Speed(40), lasting: .second)
        zones.miss(.second)
        #expect(zones.total == Distance(23.5))
        #expect(zones.coverage.missed == 2 * .second)
        #expect(SpeedZoneDistances(bounds: [Speed(4), Speed(2)]) == nil)
    }

    @Test("An effort counts when it lasted, not when it only flickered around the start")
    func efforts() {
        var sprints = EffortCounter(.sprint)
        func run(_ speed: Double, tenths: Int) {
            for _ in 0..<tenths { sprints.add(speed, lasting: tenth) }
        }
        run(7.2, tenths: 9)
        run(3, tenths: 5)
        #expect(sprints.count == 0)
        run(7.2, tenths: 5)
        run(6.6, tenths: 5)
        #expect(sprints.count == 1)
        run(7.2, tenths: 20)
        #expect(sprints.count == 1)
        run(6.4, tenths: 1)
        run(7.1, tenths: 5)
        sprints.interrupt()
        run(7.1, tenths: 5)
        sprints.add(.nan, lasting: tenth)
        #expect(sprints.count == 1)
        #expect(!sprints.isActive)
    }

    @Test("A rule whose end lies above its start is refused")
    func rule() {
        #expect(EffortCounter.Rule(start: 5, end: 6, minimum: .second) == nil)
        #expect(EffortCounter.Rule(start: 5, end: .nan, minimum: .second) == nil)
        #expect(EffortCounter.Rule(start: 5, end: 5, minimum: -1) == nil)
    }

    @Test("A constant acceleration is told for every sample, edges included", arguments: [5.0, 10, 25])
    func acceleration(rate: Double) throws {
        var trace = try #require(AccelerationTrace(rate: rate))
        var motions: [AccelerationTrace.Motion] = []
        for index in 0..<20 { trace.add(Speed(2 + 0.1 * Double(index))) { motions.append($0) } }
        trace.interrupt { motions.append($0) }
        #expect(motions.count == 20)
        for motion in motions.dropFirst(3).dropLast(3) {
            #expect(abs(motion.acceleration - 0.1 * rate) < 1e-9)
        }
        #expect(motions.allSatisfy { $0.acceleration > 0 && $0.acceleration < 0.1 * rate + 1e-9 })
    }

    @Test("As many motions come out as samples went in, however short the stretches")
    func stretches() throws {
        for length in 0..<12 {
            var trace = try #require(AccelerationTrace(rate: 10))
            var count = 0
            for _ in 0..<2 {
                for _ in 0..<length { trace.add(Speed(3)) { _ in count += 1 } }
                trace.add(Speed(99)) { _ in count += 1 }
            }
            #expect(count == 2 * length)
        }
    }

    @Test("From one sample a second no acceleration is told")
    func slow() { #expect(AccelerationTrace(rate: 1) == nil) }

    @Test("Standing costs nothing, running on grass 4.64 J/kg/m, and a slope beyond the law is clipped")
    func metabolic() throws {
        #expect(MetabolicPower.power(Speed(0), acceleration: 0) == 0)
        #expect(abs(try #require(MetabolicPower.power(Speed(1), acceleration: 0)) - 4.644) < 1e-9)
        #expect(try #require(MetabolicPower.power(Speed(5), acceleration: 15)) < 400)
        #expect(MetabolicPower.power(Speed(5), acceleration: 50) == nil)
        #expect(MetabolicPower.power(Speed(-1), acceleration: 0) == nil)
        for tenth in -200...200 {
            let power = MetabolicPower.power(Speed(5), acceleration: Double(tenth) / 10)
            #expect(try #require(power) > 0)
        }
    }
}
