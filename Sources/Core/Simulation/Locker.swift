internal import Wire

/// Draws the athletes of a squad one by one and deals them their sensors.
///
/// Sensors are dealt in turn, so that even a small squad has every kind:
///
/// | turn | heart | foot |
/// | --- | --- | --- |
/// | 1, 3 | ANT strap | ANT pod |
/// | 2 | BLE strap | BLE pod with stride length and distance |
/// | 4 | one strap on both radios | ANT pod |
/// | 5 | ANT strap without page numbers | ANT pod |
/// | 6 | BLE strap with a 16-bit rate | ANT pod |
/// | 7 | ANT strap and a watch | ANT pod |
/// | 8 | ANT strap | BLE pod |
///
/// An ANT pod has the number of the same athlete's ANT strap.
struct Locker {
    private(set) var roster: [RosterEntry] = []
    private(set) var athletes: [Athlete] = []
    private(set) var senders: [Sender] = []
    private(set) var antStraps: [ANTStrap] = []
    private(set) var antPods: [ANTPod] = []
    private(set) var bleStraps: [BLEStrap] = []
    private(set) var broadcasts: [StrapBroadcast] = []
    private(set) var blePods: [BLEPod] = []
    var fieldSensors: [FieldSensor] = []
    let stampOffset: UInt16

    let start: Instant
    private let kit: Kit
    private let weather: Weather
    private let keepsBeats: Bool
    private var random: SplitMix64
    private var numbers: [UInt32] = []
    private var addresses: [UInt64] = []

    init(seed: UInt64, start: Instant, weather: Weather, kit: Kit, keepsBeats: Bool) {
        (self.start, self.weather, self.kit, self.keepsBeats) = (start, weather, kit, keepsBeats)
        random = SplitMix64(seed: seed)
        stampOffset = UInt16(truncatingIfNeeded: random.next())
    }

    /// The next athlete comes in.
    mutating func dressNext() {
        var body = random.fork()
        var kit = random.fork()
        let traits = Heart.Traits(using: &body)
        let programme = Programme(referenceSpeed: traits.referenceSpeed, using: &body)
        athletes.append(
            Athlete(traits: traits, programme: programme, start: start, keepsBeats: keepsBeats, random: body)
        )
        let number = drawNumber(using: &kit)
        let first = senders.count
        let turn = (athletes.count - 1) % 8
        // A strap that slips off slips off for both of its radios.
        let slips = kit.fork()
        switch turn {
        case _ where self.kit == .threeWays: addThreeWayStrap(number: number, slips: slips, using: &kit)
        case 1, 5: addBLEStrap(isWide: turn == 5, slips: slips, using: &kit)
        case 3:
            addANTStrap(.modern, number: number, slips: slips, using: &kit)
            addBLEStrap(isWide: false, slips: slips, using: &kit)
        case 4:
            let filler = UInt32(truncatingIfNeeded: kit.next())
            addANTStrap(.legacy(filler: filler), number: number, slips: slips, using: &kit)
        case 6:
            addANTStrap(.modern, number: number, slips: slips, using: &kit)
            addANTStrap(.watch, number: drawNumber(using: &kit), slips: slips, using: &kit)
        default: addANTStrap(.modern, number: number, slips: slips, using: &kit)
        }
        if self.kit == .threeWays {
            // Nothing on the foot.
        } else if turn == 1 || turn == 7 {
            addBLEPod(isDetailed: turn == 1, using: &kit)
        } else {
            addANTPod(number: number, using: &kit)
        }
        if self.kit == .extended { addFieldSensors(turn: turn, number: number, using: &kit) }

        var sensors: [SensorID] = []
        for sender in senders[first...] where !sensors.contains(sender.sensor) {
            sensors.append(sender.sensor)
        }
        roster.append(
            RosterEntry(index: roster.count, sensors: sensors, heartRateMaximum: Int(traits.maximum))
        )
    }

    /// `crystal`: of the strap, if it has been drawn.
    mutating func addANTStrap(
        _ model: ANTStrap.Model,
        number: UInt32,
        crystal: Crystal? = nil,
        slips: SplitMix64,
        using kit: inout SplitMix64
    ) {
        let crystal = crystal ?? Crystal(origin: start, using: &kit)
        let identity = StrapIdentity(
            manufacturer: model == .watch ? 1 : 123,
            serialUpper: UInt16(truncatingIfNeeded: kit.next()) & 0xFFF0 | UInt16(number >> 16),
            hardware: 3,
            software: 7,
            model: model == .watch ? 60 : 5,
            battery: UInt8(35 + kit.below(66))
        )
        antStraps.append(
            ANTStrap(
                model: model,
                crystal: crystal,
                identity: identity,
                losses: losses(slips),
                start: start,
                using: &kit
            )
        )
        let period = crystal.nanoseconds(Double(HeartRatePageEncoder.channelPeriod) / 32768)
        add(
            .antStrap(antStraps.count - 1),
            .ant(number: number, type: HeartRatePageEncoder.deviceType),
            every: period,
            using: &kit
        )
    }

    private mutating func addANTPod(number: UInt32, using kit: inout SplitMix64) {
        let crystal = Crystal(origin: start, using: &kit)
        let serial = UInt32(truncatingIfNeeded: kit.next()) & 0xFFF0_0000 | number
        let identity = CommonPageEncoder(
            manufacturer: 95,
            model: 4660,
            hardware: 2,
            software: 1639,
            serial: serial
        )
        antPods.append(ANTPod(crystal: crystal, identity: identity, start: start, using: &kit))
        let period = crystal.nanoseconds(Double(StridePageEncoder.channelPeriod) / 32768)
        add(
            .antPod(antPods.count - 1),
            .ant(number: number, type: StridePageEncoder.deviceType),
            every: period,
            using: &kit
        )
    }

    mutating func addBLEStrap(
        isWide: Bool,
        address: UInt64? = nil,
        crystal: Crystal? = nil,
        slips: SplitMix64,
        using kit: inout SplitMix64
    ) {
        let crystal = crystal ?? Crystal(origin: start, using: &kit)
        let sensor = SensorID.ble(address: address ?? drawAddress(using: &kit))
        bleStraps.append(
            BLEStrap(isWide: isWide, tellsContact: kit.chance(0.7), crystal: crystal, losses: losses(slips))
        )
        add(.bleStrap(bleStraps.count - 1), sensor, every: crystal.nanoseconds(1), using: &kit)
        add(.battery(UInt8(35 + kit.below(66))), sensor, every: crystal.nanoseconds(600), using: &kit)
    }

    mutating func addBroadcast(
        address: UInt64,
        every interval: Nanoseconds,
        slips: SplitMix64,
        using kit: inout SplitMix64
    ) {
        broadcasts.append(StrapBroadcast(losses: losses(slips)))
        add(.broadcast(broadcasts.count - 1), .ble(address: address), every: interval, using: &kit)
    }

    private mutating func addBLEPod(isDetailed: Bool, using kit: inout SplitMix64) {
        let crystal = Crystal(origin: start, using: &kit)
        let sensor = SensorID.ble(address: drawAddress(using: &kit))
        blePods.append(BLEPod(isDetailed: isDetailed))
        add(.blePod(blePods.count - 1), sensor, every: crystal.nanoseconds(1), using: &kit)
    }

    mutating func add(
        _ equipment: Sender.Equipment,
        _ sensor: SensorID,
        every period: Nanoseconds,
        using kit: inout SplitMix64
    ) {
        senders.append(
            Sender(
                equipment,
                sensor: sensor,
                athlete: athletes.count - 1,
                period: period,
                start: start,
                weather: weather,
                random: kit.fork()
            )
        )
    }

    private func losses(_ random: SplitMix64) -> Episodes {
        guard weather.contactLosses else { return Episodes() }
        return Episodes(from: start, pause: 300...3000, length: 4...35, random: random)
    }

    /// A number that nobody has; every fourth one takes more than 16 bits.
    mutating func drawNumber(using kit: inout SplitMix64) -> UInt32 {
        while true {
            let upper = kit.chance(0.25) ? UInt32(1 + kit.below(15)) << 16 : 0
            let number = upper | UInt32(1 + kit.below(0xFFFF))
            if !numbers.contains(number) {
                numbers.append(number)
                return number
            }
        }
    }

    /// A random static address, which has both upper bits set.
    mutating func drawAddress(using kit: inout SplitMix64) -> UInt64 {
        while true {
            let address = kit.next() >> 16 | 0xC000_0000_0000
            if !addresses.contains(address) {
                addresses.append(address)
                return address
            }
        }
    }
}
