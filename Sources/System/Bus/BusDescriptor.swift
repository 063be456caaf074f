internal import Glibc

/// A file descriptor that belongs to this value: closed when the last reference goes.
///
/// Whoever waits on it with an `EventSource` cancels that first.
public final class BusDescriptor: Sendable {
    /// The number, for read(2), write(2) and the event loop. Do not close it.
    public let number: Int32

    /// Takes an open descriptor over.
    public init(owning number: Int32) { self.number = number }

    /// A duplicate of a descriptor that stays somebody else's; `nil` when the process has no number free.
    public convenience init?(duplicating number: Int32) {
        let copy = fcntl(number, F_DUPFD_CLOEXEC, 3)
        guard copy >= 0 else { return nil }
        self.init(owning: copy)
    }

    deinit { close(number) }
}

extension BusDescriptor: Hashable {
    public static func == (left: BusDescriptor, right: BusDescriptor) -> Bool { left === right }
    public func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(self)) }
}
