import JSON
import Physiology
import Units
import Wire

/// Zones and training impulses of the heart rate, one sample a second.
struct HeartRateLoadCases: CaseGroup {
    let name = "hr_load"

    func evaluate(_ reference: ReferenceCase) throws -> JSONValue {
        let range = try reference.accepted(
            HeartRateRange(
                rest: HeartRate(reference.number("params", "hr_rest")),
                maximum: HeartRate(reference.number("params", "hr_max"))
            ),
            "hr_rest or hr_max"
        )
        guard reference.input["file"] != nil else { return try steady(reference, range) }
        let rates = try reference.series().compactMap { $0 }.map { HeartRate($0) }
        var mean = MeanHeartRate()
        var red = RedZone(range)
        for rate in rates {
            mean.add(rate, lasting: .second)
            red.add(rate, lasting: .second)
        }
        let zones = try self.zones(reference, range, rates)
        let impulses = try self.impulses(reference, range, rates, mean)
        return .object(
            [
                JSONMember(key: "mean_hr", value: .optional(mean.mean?.value)),
                JSONMember(key: "max_hr", value: .optional(mean.highest?.value)),
                JSONMember(key: "red_zone_min_ge_90pct_hrmax", value: .real(red.duration.minutes)),
            ] + zones.members + impulses.members
        )
    }

    private func zones(
        _ reference: ReferenceCase,
        _ range: HeartRateRange,
        _ rates: [HeartRate]
    ) throws -> JSONValue {
        let bounds = try reference.accepted(HeartRateZones(ofReserve: HeartRateZones.decades, range), "zones")
        var reserve = TimeInZones(bounds)
        var maximum = try reference.accepted(
            HeartRateZones(ofMaximum: HeartRateZones.decades, range).map { TimeInZones($0) },
            "zones"
        )
        for rate in rates {
            reserve.add(rate, lasting: .second)
            maximum.add(rate, lasting: .second)
        }
        return .members([
            "seconds_in_pct_hrmax_zones": .numbers(maximum.durations.map(\.seconds)),
            "karvonen_bounds_bpm": .numbers(bounds.bounds.map(\.value)),
            "seconds_in_hrr_zones": .numbers(reserve.durations.map(\.seconds)),
        ])
    }

    private func impulses(
        _ reference: ReferenceCase,
        _ range: HeartRateRange,
        _ rates: [HeartRate],
        _ mean: MeanHeartRate
    ) throws -> JSONValue {
        let weights: ImpulseWeights = reference.parameters["sex"] == .text("female") ? .women : .men
        let steps = try reference.pairs("params", "itrimp_points_frac_lactate")
        let own = try reference.accepted(
            ImpulseWeights(steps: steps.map { (fraction: $0.0, lactate: $0.1) }),
            "itrimp_points_frac_lactate"
        )
        var banister = BanisterImpulse(range, weights: weights)
        var individual = BanisterImpulse(range, weights: own)
        var edwards = try reference.accepted(EdwardsImpulse(range), "hr_max")
        var lucia = try reference.accepted(
            LuciaImpulse(
                first: threshold("vt1", reference, range),
                second: threshold("vt2", reference, range)
            ),
            "vt1 or vt2"
        )
        for rate in rates {
            banister.add(rate, lasting: .second)
            individual.add(rate, lasting: .second)
            edwards.add(rate, lasting: .second)
            lucia.add(rate, lasting: .second)
        }
        var session = BanisterImpulse(range, weights: weights)
        if let rate = mean.mean { session.add(rate, lasting: mean.coverage.measured) }
        return .members([
            "trimp_banister": .real(banister.total),
            "trimp_banister_mean_hr": .real(session.total),
            "edwards": .real(edwards.total),
            "lucia": .real(lucia.total),
            "itrimp": .members([
                "a": .real(own.factor), "b": .real(own.exponent), "value": .real(individual.total),
            ]),
        ])
    }

    /// A threshold in beat/min, or as a share of the reserve: `60 % HRR`.
    private func threshold(
        _ key: String,
        _ reference: ReferenceCase,
        _ range: HeartRateRange
    ) throws -> HeartRate {
        let value = reference.parameters[key]
        if let number = value?.number { return HeartRate(number) }
        guard case .text(let text)? = value,
            let share = text.split(separator: " ").first.flatMap({ Double($0) }),
            0...200 ~= share
        else { throw CommandFailure("params.\(key) is no threshold") }
        return text.hasSuffix("HRR")
            ? range.rate(atReserve: Share(share)) : range.rate(atMaximum: Share(share))
    }

    /// A constant rate, for a check by hand.
    private func steady(_ reference: ReferenceCase, _ range: HeartRateRange) throws -> JSONValue {
        let rate = HeartRate(try reference.number("params", "hr"))
        let minutes = Int(min(max(try reference.number("params", "minutes"), 0), 1_440))
        func total(_ weights: ImpulseWeights?) -> JSONValue {
            guard let weights else { return .null }
            var impulse = BanisterImpulse(range, weights: weights)
            for _ in 0..<minutes { impulse.add(rate, lasting: .minute) }
            return .real(impulse.total)
        }
        let women = ImpulseWeights.women
        return .members([
            "trimp_male": total(.men),
            "trimp_female": total(women),
            "goldencheetah_female_variant_0.64": total(
                ImpulseWeights(factor: ImpulseWeights.men.factor, exponent: women.exponent)
            ),
        ])
    }
}
