import Units
import Wire

/// What the data characteristics of the Fitness Machine service have in common.
///
/// Fields may be spread over several values: flag 0 says that more follow, and then the speed is absent. Each
/// value tells what it holds; nothing else is touched.
struct FitnessMachineTail: Hashable, Sendable {
    /// Energy, since the start, per hour and per minute, kcal. FFFF and FF: not known.
    let energy, energyPerHour: UInt16?
    let energyPerMinute: UInt8?
    /// beats/min; 0: not known.
    let heartRate: UInt8?
    /// 0.1 MET.
    let metabolicEquivalent: UInt8?
    /// s.
    let elapsed, remaining: UInt16?

    /// Bytes of the fields, by flag: energy, rate, MET, elapsed, remaining.
    static let sizes = [5, 1, 1, 2, 2]

    /// Reads the fields whose flags start at bit `first`.
    init(_ reader: inout ByteReader, flags: UInt16, first: Int) {
        let hasEnergy = flags.has(first)
        energy = hasEnergy ? reader.uint16().known(unless: .max) : nil
        energyPerHour = hasEnergy ? reader.uint16().known(unless: .max) : nil
        energyPerMinute = hasEnergy ? reader.uint8().known(unless: .max) : nil
        heartRate = flags.has(first + 1) ? reader.uint8().known(unless: 0) : nil
        metabolicEquivalent = flags.has(first + 2) ? reader.uint8() : nil
        elapsed = flags.has(first + 3) ? reader.uint16() : nil
        remaining = flags.has(first + 4) ? reader.uint16() : nil
    }

    func describe(to fields: inout FieldList) {
        fields.add("energy_kcal", energy)
        fields.add("energy_per_h", energyPerHour)
        fields.add("energy_per_min", energyPerMinute)
        fields.add("hr_bpm", heartRate)
        fields.add("met", metabolicEquivalent.map { Double($0) / 10 })
        fields.add("elapsed_s", elapsed)
        fields.add("remaining_s", remaining)
    }
}

extension Optional where Wrapped: FixedWidthInteger {
    /// The value, unless it is the one that says "not known".
    func known(unless marker: Wrapped) -> Wrapped? { self == marker ? nil : self }
}

extension Speed {
    /// A speed told in 0.01 km/h.
    init(centikilometresPerHour raw: UInt16) { self.init(Double(raw) / 360) }
}
