public import Units

/// Who burns the energy.
public enum Sex: Hashable, Sendable {
    case male
    case female
}

/// Energy expenditure from what sensors tell, each formula with its own range.
///
///     Keytel, kJ/min   men    −55.0969 + 0.6309·HR + 0.1988·kg + 0.2017·years
///                      women  −20.4022 + 0.4472·HR − 0.1263·kg + 0.074·years
///     ACSM, ml/kg/min  running 3.5 + 0.2·v + 0.9·v·G      walking 3.5 + 0.1·v + 1.8·v·G      v in m/min
///     kcal/min         = VO2 · kg / 1000 · 5
///     cycling kcal     = kJ of work / 0.24 / 4.184
///
/// Where the running speed is known, ACSM is the better one. All are to be shown with ±20 %. Running power
/// is a model and must not be converted with the efficiency of cycling.
///
/// - Out of range: `nil`. Keytel is a submaximal formula without rest values (R² 0.73): it is negative at low
///   heart rates, and answers 0 there, never less.
/// - Source: L. R. Keytel et al., J Sports Sci 23 (2005) 289; ACSM's Guidelines for Exercise Testing and
///   Prescription, metabolic equations.
public enum EnergyExpenditure {
    /// kJ/min after Keytel.
    ///
    /// - Parameters:
    ///   - rate: Heart rate, within ``Plausible/heartRate``.
    ///   - mass: kg.
    ///   - age: Years.
    ///   - sex: Which of the two formulas.
    /// - Returns: At least 0.
    public static func keytel(_ rate: HeartRate, mass: Double, age: Double, sex: Sex) -> Double? {
        guard Plausible.heartRate ~= rate.value, Plausible.mass ~= mass, Plausible.age ~= age else {
            return nil
        }
        switch sex {
        case .male: return max(0, -55.0969 + 0.6309 * rate.value + 0.1988 * mass + 0.2017 * age)
        case .female: return max(0, -20.4022 + 0.4472 * rate.value - 0.1263 * mass + 0.074 * age)
        }
    }

    /// Oxygen uptake of running, ml/kg/min.
    ///
    /// - Parameters:
    ///   - speed: At least 0; meant for 2.2 m/s and more.
    ///   - grade: Rise over run, −0.3...0.3. Downhill counts as flat: the equation was not made for it.
    /// - Returns: At least 3.5.
    public static func oxygenRunning(_ speed: Speed, grade: Double = 0) -> Double? {
        guard Plausible.speed ~= speed.value, -0.3...0.3 ~= grade else { return nil }
        let metres = speed.value * 60
        return 3.5 + 0.2 * metres + 0.9 * metres * max(0, grade)
    }

    /// Oxygen uptake of walking, ml/kg/min.
    ///
    /// - Parameters:
    ///   - speed: At least 0; meant for up to 1.7 m/s.
    ///   - grade: As for running.
    /// - Returns: At least 3.5.
    public static func oxygenWalking(_ speed: Speed, grade: Double = 0) -> Double? {
        guard Plausible.speed ~= speed.value, -0.3...0.3 ~= grade else { return nil }
        let metres = speed.value * 60
        return 3.5 + 0.1 * metres + 1.8 * metres * max(0, grade)
    }

    /// kcal/min of an oxygen uptake, at 5 kcal a litre.
    ///
    /// - Parameters:
    ///   - oxygen: ml/kg/min, 0...120.
    ///   - mass: kg.
    /// - Returns: `nil` out of range.
    public static func kilocalories(oxygen: Double, mass: Double) -> Double? {
        guard 0...120 ~= oxygen, Plausible.mass ~= mass else { return nil }
        return oxygen * mass / 1_000 * 5
    }

    /// kcal of work on a bicycle, at an efficiency of 24 %.
    ///
    /// - Parameter work: J, at least 0.
    /// - Returns: `nil` out of range.
    public static func cycling(work: Double) -> Double? {
        guard 0...1e8 ~= work else { return nil }
        return work / 1_000 / 0.24 / 4.184
    }
}
