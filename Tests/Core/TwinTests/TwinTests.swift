import Profiles
import Testing
import Twin
import Units
import Wire

@Suite struct TwinTests {
    let strap = SensorID.ant(number: 1, type: 120)
    let other = SensorID.ble(address: 2)
    let pod = SensorID.ant(number: 1, type: 124)
    let secondPod = SensorID.ble(address: 3)

    @Test("A value is shown up to five seconds, with its age from one second on")
    func staleness() {
        var twin = Twin()
        twin.take(.heartRate(HeartRate(150)), from: strap, at: second(0.5))
        let rows = (1...6).map { twin.closeSecond(at: second(Double($0))) }
        #expect(rows.map { $0?[.heartRate] } == [150, 150, 150, 150, 150, nil])
        let ages = rows.map { $0.map { ($0.age(of: .heartRate) * 10).rounded() } }
        #expect(ages == [0, 15, 25, 35, 45, nil])
        #expect(rows[5] == nil)
    }

    @Test("Values out of their bounds are counted and leave no trace")
    func bounds() {
        var twin = Twin()
        twin.take(.heartRate(HeartRate(251)), from: strap, at: second(0.1))
        twin.take(.heartRate(HeartRate(24)), from: strap, at: second(0.2))
        twin.take(.beat(Beat(interval: 200)), from: strap, at: second(0.3))
        twin.take(.speed(Speed(12.6)), from: pod, at: second(0.4))
        #expect(twin.closeSecond(at: second(1)) == nil)
        #expect(twin.implausibleCount == 4)
    }

    @Test("Beats are reported once, in the second in which they came")
    func beats() {
        var twin = Twin()
        twin.take(.beat(Beat(interval: 1024)), from: strap, at: second(0.2))
        twin.take(.beat(Beat(interval: 512)), from: strap, at: second(0.9))
        let first = twin.closeSecond(at: second(1))
        #expect(first?.beats.count == 2)
        #expect(first?.beats[0] == 10_000)
        #expect(first?.beats[1] == 5_000)
        #expect(twin.closeSecond(at: second(2)) == nil)
    }

    @Test("Of two straps one counts, and the other takes over within two seconds of its silence")
    func failOver() {
        var twin = Twin()
        var seen: [SensorID?] = []
        for quarter in 0..<40 {
            let time = second(Double(quarter) / 4 + 0.01)
            if quarter < 16 { twin.take(.heartRate(HeartRate(120)), from: strap, at: time) }
            twin.take(.heartRate(HeartRate(180)), from: other, at: time)
            if quarter % 4 == 3 {
                seen.append(twin.closeSecond(at: second(Double(quarter / 4 + 1)))?.sensor(of: .heartRate))
            }
        }
        #expect(seen == [strap, strap, strap, strap, strap, other, other, other, other, other])
    }

    @Test("A strap that tells beats takes over from one that does not, once it has proved itself")
    func betterSource() {
        var twin = Twin()
        var changed: Int?
        for step in 0..<80 {
            let time = second(Double(step) / 4 + 0.01)
            twin.take(.heartRate(HeartRate(120)), from: other, at: time)
            if step >= 8 {
                twin.take(.beat(Beat(interval: 500)), from: strap, at: time)
                twin.take(.heartRate(HeartRate(121)), from: strap, at: time)
            }
            if changed == nil, twin.sensor(of: .heartRate) == strap { changed = step }
        }
        #expect(changed == 48)  // Ten seconds after step 8.
        #expect(twin.closeSecond(at: second(20))?[.heartRate] == 121)
    }

    @Test("A strap off the skin says nothing, and leaves the word to one on the skin")
    func contact() {
        var twin = Twin()
        twin.take(.heartRate(HeartRate(140)), from: strap, at: second(0.1))
        for quarter in 1..<20 {
            let time = second(Double(quarter) / 4)
            twin.take(.contact(false), from: strap, at: time)
            twin.take(.heartRate(HeartRate(60)), from: strap, at: time)
            twin.take(.heartRate(HeartRate(141)), from: other, at: time)
        }
        let row = twin.closeSecond(at: second(5))
        #expect(row?[.heartRate] == 141)
        #expect(row?.sensor(of: .heartRate) == other)
    }

    @Test("Strides a minute become steps of both feet; pods that send steps are left alone")
    func cadence() {
        func cadence(_ rate: Double, speed: Double) -> Double? {
            var twin = Twin()
            twin.take(.speed(Speed(speed)), from: pod, at: second(0.1))
            twin.take(.strideRate(StrideRate(rate)), from: pod, at: second(0.1))
            return twin.closeSecond(at: second(1))?[.cadence]
        }
        #expect(cadence(86, speed: 3) == 172)
        #expect(cadence(172, speed: 3) == 172)
        #expect(cadence(130, speed: 9) == 260)
        #expect(cadence(131, speed: 9) == nil)
    }

    @Test("Pace is seconds a kilometre, and absent below walking speed")
    func pace() {
        var twin = Twin()
        twin.take(.speed(Speed(4)), from: pod, at: second(0.1))
        #expect(twin.closeSecond(at: second(1))?[.pace] == 250)
        twin.take(.speed(Speed(0.4)), from: pod, at: second(1.1))
        #expect(twin.closeSecond(at: second(2))?[.pace] == nil)
    }

    @Test("A change of pods neither loses nor repeats ground beyond one reading")
    func distanceHandover() {
        var twin = Twin()
        var ground = 0.0
        for step in 0..<400 {  // 4 m/s in quarters of a second; the first pod dies at 50 s.
            let time = second(Double(step) / 4 + 0.01)
            ground += 1
            if step < 200 { twin.take(.distance(Distance(ground)), from: pod, at: time) }
            twin.take(.distance(Distance(1_000 + ground)), from: secondPod, at: time)
            if step < 200 { twin.take(.strideCount(UInt64(step)), from: pod, at: time) }
            twin.take(.strideCount(UInt64(50 + step)), from: secondPod, at: time)
        }
        let row = twin.closeSecond(at: second(100))
        #expect(abs((row?[.distance] ?? 0) - 399) <= 1)
        #expect(abs((row?[.steps] ?? 0) - 2 * 399) <= 2)
        #expect(row?.sensor(of: .motion) == secondPod)
    }

    @Test("A pod that was away while another counted does not bring that ground along when it takes over")
    func distanceAfterAbsence() {
        var twin = Twin()
        for step in 0...400 {  // 4 m/s; the second pod is away from 10 s to 60 s, the first dies at 55 s.
            let time = second(Double(step) / 4 + 0.01)
            let ground = Double(step)
            if step < 220 { twin.take(.distance(Distance(ground)), from: pod, at: time) }
            guard !(40..<240).contains(step) else { continue }
            twin.take(.distance(Distance(ground)), from: secondPod, at: time)
        }
        let distance = twin.closeSecond(at: second(101))?[.distance] ?? 0
        #expect((378...400).contains(distance), "\(distance) m")
    }

    @Test("Ground that a pod counts while one without a counter is believed is not lost")
    func distanceOnProbation() {
        var twin = Twin()
        for step in 0...400 {
            let time = second(Double(step) / 4 + 0.01)
            if !(100..<120).contains(step) {  // Five seconds of silence.
                twin.take(.distance(Distance(Double(step))), from: pod, at: time)
            }
            twin.take(.speed(Speed(4)), from: other, at: time)
        }
        let row = twin.closeSecond(at: second(101))
        #expect(row?.sensor(of: .motion) == pod)
        #expect(row?[.distance] == 400)
    }

    @Test("Quality is the share of the whole messages that the rate promises")
    func quality() {
        var twin = Twin()
        let rate = 32768.0 / 8070
        for count in [4, 3, 5, 1] {
            for index in 0..<count {
                let time = twinTime + Nanoseconds(index) * 200 * .millisecond
                twin.hear(strap, group: .heartRate, rate: rate, at: time)
                twin.take(.heartRate(HeartRate(100)), from: strap, at: time)
            }
            let row = twin.closeSecond(at: twinTime + .second)
            #expect(row?.quality(of: .heartRate) == min(1, Float(count) / 4))
        }
        twin.hear(other, group: .heartRate, rate: 0, at: twinTime)
        #expect(twin.closeSecond(at: twinTime + .second)?.quality(of: .heartRate) == 0)
    }

    private let twinTime = Instant(nanoseconds: 10 * .second)

    private func second(_ seconds: Double) -> Instant { Instant(nanoseconds: Nanoseconds(seconds * 1e9)) }
}
