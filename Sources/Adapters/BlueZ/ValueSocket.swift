internal import Bus
internal import Glibc
internal import Reactor
internal import Wire

/// The socket of an AcquireNotify call: each packet is one value.
@Reactor
final class ValueSocket {
    private let descriptor: BusDescriptor
    private var source: EventSource?
    private var buffer = [UInt8](repeating: 0, count: 512)

    /// `received` gets each value, `ended` that bluetoothd closed the socket; both until ``close()``.
    init(
        _ descriptor: BusDescriptor,
        received: @escaping @Reactor (Payload) -> Void,
        ended: @escaping @Reactor () -> Void
    ) {
        self.descriptor = descriptor
        source = EventSource.descriptor(descriptor.number, .read) { [unowned self] _ in
            drain(received, ended)
        }
    }

    func close() {
        source?.cancel()
        source = nil
    }

    /// Reads until nothing is left, but at most so many values, so that one strap starves nobody.
    private func drain(_ received: @Reactor (Payload) -> Void, _ ended: @Reactor () -> Void) {
        for _ in 0..<64 {
            guard source != nil else { return }
            let count = recv(descriptor.number, &buffer, buffer.count, Int32(MSG_DONTWAIT))
            if count > 0 {
                // Longer than a link-layer packet carries: no value of a sensor that is decoded.
                if let payload = Payload(buffer[..<count]) { received(payload) }
            } else if count < 0, errno == EAGAIN || errno == EINTR {
                return
            } else {
                close()
                return ended()
            }
        }
    }
}
