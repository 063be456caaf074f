/// The newest values of a series, at most `capacity`. Index 0 is the oldest.
///
/// Memory is taken once; afterwards nothing allocates.
struct Ring<Element: Sendable>: Sendable {
    private var storage: [Element]
    private var start = 0
    private(set) var count = 0

    /// - Parameters:
    ///   - capacity: At least 1.
    ///   - filler: Any value; it is never read.
    init(capacity: Int, filler: Element) {
        precondition(capacity > 0)
        storage = Array(repeating: filler, count: capacity)
    }

    var capacity: Int { storage.count }
    var isFull: Bool { count == storage.count }
    var first: Element? { count > 0 ? self[0] : nil }
    var last: Element? { count > 0 ? self[count - 1] : nil }

    subscript(index: Int) -> Element {
        get {
            precondition(index >= 0 && index < count)
            return storage[position(index)]
        }
        set {
            precondition(index >= 0 && index < count)
            storage[position(index)] = newValue
        }
    }

    /// Appends, and drops the oldest value when there is no room.
    mutating func append(_ element: Element) {
        if isFull { removeFirst() }
        storage[position(count)] = element
        count += 1
    }

    /// - Precondition: The ring is not empty.
    mutating func removeFirst() {
        precondition(count > 0)
        start = position(1)
        count -= 1
    }

    mutating func removeAll() { (start, count) = (0, 0) }

    private func position(_ index: Int) -> Int {
        let position = start + index
        return position < storage.count ? position : position - storage.count
    }
}
