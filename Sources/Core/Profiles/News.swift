/// The last value of something that a sensor repeats without end, so that only a change is told.
struct News<Value: Hashable & Sendable>: Hashable, Sendable {
    private var last: Value?

    /// Remembers `value`; answers whether it differs from the last one.
    mutating func take(_ value: Value) -> Bool {
        guard value != last else { return false }
        last = value
        return true
    }
}

extension [Reading] {
    /// Appends `fact` when `value`, which it is about, is new.
    mutating func tell<Value>(_ fact: SensorFact, about value: Value, unless known: inout News<Value>) {
        if known.take(value) { append(.fact(fact)) }
    }
}
