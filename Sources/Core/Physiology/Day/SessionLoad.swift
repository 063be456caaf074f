public import Wire

/// The load of a session as the athlete felt it.
///
///     load = rating · minutes
///
/// Rating on the CR10 scale, 0...10, asked 10 to 30 minutes after the end; arbitrary units.
///
/// - Out of range: `nil` for a rating outside the scale or a session outside 0...24 h.
/// - Source: C. Foster et al., J Strength Cond Res 15 (2001) 109.
public enum SessionLoad {
    public static func load(rating: Double, lasting duration: Nanoseconds) -> Double? {
        guard 0...10 ~= rating, 0...24 * .hour ~= duration else { return nil }
        return rating * duration.minutes
    }
}
