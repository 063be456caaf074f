public import Units

/// Whether a hard effort was followed by no recovery.
///
///     alarm when the rate at the end was at least 85 % of the maximum and fell by less than 12 in 60 s
///
/// Judged once per effort. One effort says little: see ``HeartRateRecovery``.
///
/// - Source: section 6.1 of the reference notes.
public enum PoorRecovery {
    public static func isPoor(_ drop: HeartRateRecovery.Drop, maximum: HeartRate) -> Bool {
        drop.start.value >= 0.85 * maximum.value && drop.drop.value < 12
    }
}
