/// A unit of measurement, used only as a type-level tag.
public protocol PhysicalUnit: Sendable {
    /// The symbol printed after a value: `"m/s"`.
    static var symbol: String { get }
}

/// A finite number that knows its unit at compile time and costs one `Double` at run time.
///
/// `Quantity<Metre>` and `Quantity<Second>` do not mix: adding them does not compile, and no literal
/// turns into a quantity by itself. Conversions are explicit initialisers next to the unit they
/// produce.
@frozen
public struct Quantity<Unit: PhysicalUnit>: Hashable, Comparable, Sendable {
    /// The magnitude, in `Unit`. Always finite.
    public let value: Double

    /// Creates a quantity.
    ///
    /// - Precondition: `value` is finite. "No value" is `nil` or a typed failure, never NaN.
    @inlinable
    public init(_ value: Double) {
        precondition(value.isFinite, "A quantity must be finite.")
        self.value = value
    }

    @inlinable public static func < (lhs: Self, rhs: Self) -> Bool { lhs.value < rhs.value }
    @inlinable public static func + (lhs: Self, rhs: Self) -> Self { Self(lhs.value + rhs.value) }
    @inlinable public static func - (lhs: Self, rhs: Self) -> Self { Self(lhs.value - rhs.value) }
    @inlinable public static func * (lhs: Self, rhs: Double) -> Self { Self(lhs.value * rhs) }
}

extension Quantity: CustomStringConvertible {
    public var description: String { "\(value) \(Unit.symbol)" }
}

public enum Metre: PhysicalUnit { public static let symbol = "m" }
public enum Second: PhysicalUnit { public static let symbol = "s" }
public enum MetrePerSecond: PhysicalUnit { public static let symbol = "m/s" }
public enum BeatPerMinute: PhysicalUnit { public static let symbol = "beat/min" }
public enum StridePerMinute: PhysicalUnit { public static let symbol = "stride/min" }
public enum StepPerMinute: PhysicalUnit { public static let symbol = "step/min" }
public enum RevolutionPerMinute: PhysicalUnit { public static let symbol = "rpm" }
public enum Watt: PhysicalUnit { public static let symbol = "W" }
public enum KilonewtonPerMetre: PhysicalUnit { public static let symbol = "kN/m" }
public enum DegreeCelsius: PhysicalUnit { public static let symbol = "°C" }
public enum Percent: PhysicalUnit { public static let symbol = "%" }
public enum GramPerDecilitre: PhysicalUnit { public static let symbol = "g/dL" }

public typealias Distance = Quantity<Metre>
public typealias Interval = Quantity<Second>
public typealias Speed = Quantity<MetrePerSecond>
public typealias HeartRate = Quantity<BeatPerMinute>
/// Strides (two steps) per minute: what foot pods count.
public typealias StrideRate = Quantity<StridePerMinute>
/// Steps of both feet per minute: what runners and the contract call cadence.
public typealias Cadence = Quantity<StepPerMinute>
/// Of a crank or a wheel.
public typealias RotationRate = Quantity<RevolutionPerMinute>
public typealias Power = Quantity<Watt>
public typealias Stiffness = Quantity<KilonewtonPerMetre>
public typealias Temperature = Quantity<DegreeCelsius>
/// A part of a whole, 0...100 %.
public typealias Share = Quantity<Percent>
public typealias Concentration = Quantity<GramPerDecilitre>

extension Cadence {
    /// A stride is two steps.
    @inlinable public init(_ rate: StrideRate) { self.init(2 * rate.value) }
}
