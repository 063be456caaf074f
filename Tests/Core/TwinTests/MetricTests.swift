import Profiles
import Testing
import Twin
import Units
import Wire

/// The metrics beside heart rate and speed: units, bounds, staleness, sources.
@Suite struct MetricTests {
    let sensor = SensorID.ant(number: 1, type: 11)
    let other = SensorID.ant(number: 2, type: 11)

    struct Case: CustomTestStringConvertible, Sendable {
        var reading: Reading
        var metric: Metric
        var value: Double
        /// Readings of the same kind that no sensor can mean.
        var wrong: [Reading] = []
        /// A reading of nothing.
        var empty: Reading?

        var testDescription: String { metric.name }
    }

    static let cases = [
        Case(
            reading: .power(Power(250)),
            metric: .power,
            value: 250,
            wrong: [.power(Power(-1)), .power(Power(1501))]
        ),
        Case(
            reading: .formPower(Power(80)),
            metric: .formPower,
            value: 80,
            wrong: [.formPower(Power(19)), .formPower(Power(201))],
            empty: .formPower(Power(0))
        ),
        Case(
            reading: .crankRate(RotationRate(90)),
            metric: .crankCadence,
            value: 90,
            wrong: [.crankRate(RotationRate(255))]
        ),
        Case(
            reading: .strideLength(Distance(2.4)),
            metric: .stepLength,
            value: 1.2,
            wrong: [.strideLength(Distance(6.1))],
            empty: .strideLength(Distance(0))
        ),
        Case(
            reading: .groundContactTime(Interval(0.25)),
            metric: .groundContactTime,
            value: 250,
            wrong: [.groundContactTime(Interval(0.099)), .groundContactTime(Interval(0.501))],
            empty: .groundContactTime(Interval(0))
        ),
        Case(
            reading: .groundContactBalance(Share(49.5)),
            metric: .groundContactBalance,
            value: 49.5,
            wrong: [.groundContactBalance(Share(39)), .groundContactBalance(Share(61))],
            empty: .groundContactBalance(Share(0))
        ),
        Case(
            reading: .verticalOscillation(Distance(0.0625)),
            metric: .verticalOscillation,
            value: 62.5,
            wrong: [.verticalOscillation(Distance(0.019)), .verticalOscillation(Distance(0.201))],
            empty: .verticalOscillation(Distance(0))
        ),
        Case(
            reading: .verticalRatio(Share(7.5)),
            metric: .verticalRatio,
            value: 7.5,
            wrong: [.verticalRatio(Share(2.9)), .verticalRatio(Share(20.1))],
            empty: .verticalRatio(Share(0))
        ),
        Case(
            reading: .legSpringStiffness(Stiffness(10.5)),
            metric: .legSpringStiffness,
            value: 10.5,
            wrong: [.legSpringStiffness(Stiffness(2)), .legSpringStiffness(Stiffness(31))],
            empty: .legSpringStiffness(Stiffness(0))
        ),
        Case(
            reading: .elevation(Distance(110)),
            metric: .elevation,
            value: 110,
            wrong: [.elevation(Distance(9001)), .elevation(Distance(-501))]
        ),
        Case(
            reading: .ambientTemperature(Temperature(-3.5)),
            metric: .temperature,
            value: -3.5,
            wrong: [.ambientTemperature(Temperature(71))]
        ),
        Case(
            reading: .coreTemperature(Temperature(38.5)),
            metric: .coreTemperature,
            value: 38.5,
            wrong: [.coreTemperature(Temperature(34.9)), .coreTemperature(Temperature(42.1))]
        ),
        Case(
            reading: .skinTemperature(Temperature(33)),
            metric: .skinTemperature,
            value: 33,
            wrong: [.skinTemperature(Temperature(9)), .skinTemperature(Temperature(46))]
        ),
        Case(
            reading: .heatStrainIndex(2.5),
            metric: .heatStrainIndex,
            value: 2.5,
            wrong: [.heatStrainIndex(10.1), .heatStrainIndex(-1)]
        ),
        Case(
            reading: .muscleOxygen(Share(61.5)),
            metric: .muscleOxygen,
            value: 61.5,
            wrong: [.muscleOxygen(Share(100.1))]
        ),
        Case(
            reading: .haemoglobin(Concentration(12.25)),
            metric: .haemoglobin,
            value: 12.25,
            wrong: [.haemoglobin(Concentration(31))]
        ),
        Case(
            reading: .bloodOxygen(Share(97)),
            metric: .bloodOxygen,
            value: 97,
            wrong: [.bloodOxygen(Share(101))]
        ),
    ]

    @Test(
        "A reading becomes its metric in the contract's unit, with the sensor that told it",
        arguments: cases
    )
    func unit(of item: Case) throws {
        var twin = Twin()
        twin.take(item.reading, from: sensor, at: second(0.5))
        let closed = twin.closeSecond(at: second(1))
        let row = try #require(closed)
        #expect(row[item.metric] == item.value)
        #expect(row.sensor(of: item.metric.group) == sensor)
        #expect(row.quality(of: item.metric.group) == nil)
        #expect(twin.implausibleCount == 0)
    }

    @Test("Values out of their bounds are counted; a zero that means nothing is not", arguments: cases)
    func bounds(of item: Case) {
        var twin = Twin()
        for reading in item.wrong { twin.take(reading, from: sensor, at: second(0.5)) }
        if let empty = item.empty { twin.take(empty, from: sensor, at: second(0.6)) }
        #expect(twin.closeSecond(at: second(1)) == nil)
        #expect(twin.implausibleCount == UInt64(item.wrong.count))
    }

    @Test("Each group has its staleness bound, and its values their age", arguments: cases)
    func staleness(of item: Case) {
        var twin = Twin()
        twin.take(item.reading, from: sensor, at: second(1))
        let bound =
            switch item.metric.group {
            case .muscleOxygen: 10
            case .temperature: 120
            default: 5
            }
        let last = twin.closeSecond(at: second(Double(1 + bound)))
        #expect(last?[item.metric] == item.value)
        #expect(last?.age(of: item.metric).rounded() == Float(bound))
        #expect(twin.closeSecond(at: second(Double(2 + bound))) == nil)
    }

    @Test("A place is two metrics of one sensor")
    func position() throws {
        var twin = Twin()
        let place = try #require(Position(latitude: 51.5, longitude: -0.125))
        twin.take(.position(place), from: sensor, at: second(0.5))
        let closed = twin.closeSecond(at: second(1))
        let row = try #require(closed)
        #expect(row[.latitude] == 51.5)
        #expect(row[.longitude] == -0.125)
        #expect(row.sensor(of: .position) == sensor)
    }

    @Test("Every metric that a sensor can tell is tried here or in the tests of the twin")
    func completeness() {
        let computed: Set<Metric> = [.rmssd, .pace, .energy, .zone, .trimp, .trimpBanister, .wBalance]
        let elsewhere: Set<Metric> = [
            .heartRate, .speed, .distance, .steps, .cadence, .latitude, .longitude,
        ]
        let tried = Set(Self.cases.map(\.metric))
        #expect(tried.union(elsewhere).union(computed) == Set(Metric.allCases))
    }

    @Test("A power meter takes the group at once from a sensor that tells cranks alone, and keeps it")
    func power() {
        var twin = Twin()
        var bicycle = SensorTraits()
        bicycle.isOnFoot = false
        var told: [SensorID?] = []
        for quarter in 0..<80 {
            let time = second(Double(quarter) / 4 + 0.01)
            twin.take(.crankRate(RotationRate(85)), from: other, as: bicycle, at: time)
            // The meter is not heard for three seconds, and later for eight.
            if !(20..<32).contains(quarter), !(40..<72).contains(quarter) {
                twin.take(.power(Power(1600)), from: sensor, as: bicycle, at: time)
            }
            if quarter % 4 == 3 {
                let row = twin.closeSecond(at: second(Double(quarter + 1) / 4))
                told.append(row?.sensor(of: .power))
                let expected: Double? = (14..<18).contains(told.count - 1) ? nil : 1600
                #expect(row?[.power] == expected)
            }
        }
        #expect(told.firstIndex(of: other) == 15)
        #expect(told.lastIndex(of: other) == 17)
    }

    @Test("What a runner's power meter tells of cranks is left alone")
    func cranks() {
        var twin = Twin()
        var runners = SensorTraits()
        runners.hasCranks = false
        twin.take(.crankRate(RotationRate(85)), from: sensor, as: runners, at: second(0.1))
        #expect(twin.closeSecond(at: second(1)) == nil)
        #expect(twin.implausibleCount == 0)
    }

    @Test("Quality counts every group of a sensor, and slow sensors by their own pace")
    func quality() {
        var twin = Twin()
        for tick in 0..<8 {
            let time = second(Double(tick) / 4 + 0.1)
            twin.hear(sensor, group: .power, rate: 4, at: time)
            if tick != 5 { twin.hear(sensor, group: .motion, rate: 4, at: time) }
            twin.take(.power(Power(200)), from: sensor, at: time)
            twin.take(.speed(Speed(3)), from: sensor, at: time)
            if tick == 0 {
                twin.hear(other, group: .muscleOxygen, rate: 0.5, at: time)
                twin.take(.muscleOxygen(Share(50)), from: other, at: time)
            }
            if tick == 3 { _ = twin.closeSecond(at: second(1)) }
        }
        let row = twin.closeSecond(at: second(2))
        #expect(row?.quality(of: .power) == 1)
        #expect(row?.quality(of: .motion) == 0.75)
        #expect(row?.quality(of: .muscleOxygen) == 1)
        #expect(twin.closeSecond(at: second(3))?.quality(of: .muscleOxygen) == 0)
    }

    private func second(_ seconds: Double) -> Instant { Instant(nanoseconds: Nanoseconds(seconds * 1e9)) }
}
