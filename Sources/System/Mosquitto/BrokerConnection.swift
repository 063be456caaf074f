internal import CMosquitto
internal import Glibc
public import Reactor

/// One connection to an MQTT broker, from the first packet to the last.
///
/// Runs libmosquitto's external loop on the reactor; the library starts no thread. It lives until
/// ``close(saysGoodbye:)`` or ``Event/closed(_:)``; dropping the last reference ends nothing. A broken
/// connection is not mended: make a new one.
@Reactor
public final class BrokerConnection {
    public enum Event: Hashable, Sendable {
        /// The broker accepted; it takes so many unanswered messages (65,535 when it does not say).
        case opened(receiveMaximum: Int)
        /// The broker's answer to a message of QoS 1, or the sending of one of QoS 0. Below 0x80 it has it.
        case answered(message: Int32, code: UInt8, reason: String)
        /// The end. Nothing comes after it.
        case closed(MosquittoError)
    }

    private enum Phase { case new, dialling, connecting, open, closed }

    private let options: ConnectOptions
    private let listener: @Reactor (Event) -> Void
    private var phase = Phase.new
    private let ticket = Dialler.Ticket()
    private var handle: Handle?
    /// A duplicate of the library's socket: the library closes its own inside its calls, and a descriptor
    /// must not vanish under an event loop.
    private var descriptor: Int32 = -1
    private var source: EventSource?
    private var timer: EventSource?
    /// Whether the socket has been ready once, so that TCP has connected.
    private var wasReady = false
    /// Since when, in microseconds, the socket takes nothing, and what has been added to the queue since.
    private var blockedSince: UInt64?
    private var blockedBytes = 0

    public init(_ options: ConnectOptions, _ listener: @escaping @Reactor (Event) -> Void) {
        (self.options, self.listener) = (options, listener)
    }

    /// Starts to connect. Everything that follows is told to the listener, never from inside this call.
    public func open() {
        guard phase == .new else { return }
        phase = .dialling
        Task { @Reactor in dialled(await Dialler.shared.dial(options, ticket)) }
    }

    public var isOpen: Bool { phase == .open }

    /// Whether the socket has taken nothing for 2 s, or 64 KiB wait for it. What may be lost should be
    /// dropped now: libmosquitto's queue has no bound of its own.
    public var isBackedUp: Bool {
        guard let blockedSince else { return false }
        return blockedBytes > 65_536 || EventSource.now() - blockedSince > 2_000_000
    }

    /// Hands over one message.
    ///
    /// - Returns: The number that the answer will carry.
    /// - Throws: `lost` without an open connection; `invalid` for a message that the broker would not take:
    ///   above its Maximum Packet Size, or a topic with a wildcard.
    public func publish(
        topic: String,
        payload: [UInt8],
        qos: QoS,
        retain: Bool = false,
        properties: PublishProperties = PublishProperties()
    ) throws(MosquittoError) -> Int32 {
        guard let handle, phase == .open else { throw .lost("not connected") }
        let result = handle.publish(
            topic: topic,
            payload: payload,
            qos: qos,
            retain: retain,
            properties: properties
        )
        switch mosq_err_t(rawValue: result.code) {
        case MOSQ_ERR_SUCCESS, MOSQ_ERR_CONN_LOST, MOSQ_ERR_ERRNO, MOSQ_ERR_TLS:
            break  // After a failed write the loop hears of the end.
        case MOSQ_ERR_NO_CONN:
            throw .lost("not connected")
        default:
            throw .invalid("\(topic): \(String(cString: mosquitto_strerror(result.code)))")
        }
        noteBacklog(adding: payload.count)
        updateInterest()
        return result.message
    }

    /// Ends the connection without an event. With a goodbye the broker does not publish the will; what it has
    /// not taken by then is lost.
    public func close(saysGoodbye: Bool) {
        guard phase != .closed else { return }
        if saysGoodbye, phase == .open { handle?.disconnect() }
        release()
    }

    private func dialled(_ result: Result<Handle, MosquittoError>) {
        guard phase == .dialling else { return }  // Closed meanwhile; the handle frees itself.
        switch result {
        case .failure(let error):
            finish(error)
        case .success(let handle):
            let descriptor = fcntl(handle.socket, F_DUPFD_CLOEXEC, 0)
            guard descriptor >= 0 else { return finish(options.unreachable(errno)) }
            (self.handle, self.descriptor, phase) = (handle, descriptor, .connecting)
            source = .descriptor(descriptor, [.read, .write]) { ready in self.handle(ready) }
            timer = .timer(accuracyMicroseconds: 100_000) { self.tick() }
            timer?.set(atMicroseconds: EventSource.now() + 1_000_000)
        }
    }

    private func handle(_ ready: EventSource.Interest) {
        // After a reset there may be bytes that tell why; every other error is that of the attempt.
        if !wasReady, let number = socketError(), number != ECONNRESET {
            return finish(options.unreachable(number))
        }
        wasReady = true
        work(reads: !ready.isDisjoint(with: [.read, .error]))
    }

    /// Whether a TLS handshake may be under way: the library does not tell when it is over.
    private var isShaking: Bool { options.tls != nil && phase == .connecting }

    /// Lets the library read and write.
    ///
    /// Its reading is also what moves a TLS handshake on, be it that bytes have come or that the socket takes
    /// the first ones only now; its writing does nothing before the handshake is over.
    private func work(reads: Bool) {
        guard let handle else { return }
        var code = MOSQ_ERR_SUCCESS.rawValue
        if reads || isShaking { code = handle.read() }
        var number = errno
        if code == MOSQ_ERR_SUCCESS.rawValue {
            code = handle.write()
            number = errno
        }
        turn(code, number)
    }

    private func tick() {
        timer?.set(atMicroseconds: EventSource.now() + 1_000_000)
        // What did not fit into the socket during a handshake, which waits for the broker's bytes alone.
        if isShaking, wasReady { work(reads: true) }
        guard let handle else { return }
        let code = handle.keepAlive()
        turn(code, errno)
    }

    /// After each call of the library: tells what its callbacks heard, then whether it was the last call.
    private func turn(_ code: Int32, _ number: Int32) {
        guard let handle else { return }
        for news in handle.takeNews() {
            guard phase != .closed else { return }  // The listener closed.
            switch news {
            case .connectionAnswer(0, let receiveMaximum):
                phase = .open
                listener(.opened(receiveMaximum: receiveMaximum))
            case .connectionAnswer(let code, _):
                return finish(.refused(.init(code: code)))
            case .publishAnswer(let message, let code, let reason):
                listener(.answered(message: message, code: code, reason: reason))
            case .disconnected(let code):
                return finish(ending(code, number))
            }
        }
        guard phase != .closed else { return }
        guard code == MOSQ_ERR_SUCCESS.rawValue else { return finish(ending(code, number)) }
        noteBacklog(adding: 0)
        updateInterest()
    }

    private func ending(_ code: Int32, _ number: Int32) -> MosquittoError {
        options.ending(code, number, handle?.errorLines ?? [], wasOpen: phase == .open)
    }

    private func socketError() -> Int32? {
        var number: Int32 = 0
        var size = socklen_t(MemoryLayout<Int32>.size)
        let code = getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &number, &size)
        return code == 0 && number != 0 ? number : nil
    }

    private func noteBacklog(adding bytes: Int) {
        if handle?.wantsWrite != true {
            (blockedSince, blockedBytes) = (nil, 0)
        } else {
            blockedSince = blockedSince ?? EventSource.now()
            blockedBytes += bytes
        }
    }

    private func updateInterest() {
        guard let handle else { return }
        // During a TLS handshake everything waits for the broker: asking for writability would spin.
        source?.setInterest(handle.wantsWrite && !(isShaking && wasReady) ? [.read, .write] : .read)
    }

    private func finish(_ error: MosquittoError) {
        guard phase != .closed else { return }
        release()
        listener(.closed(error))
    }

    private func release() {
        phase = .closed
        ticket.abandon()
        source?.cancel()
        timer?.cancel()
        (source, timer, handle) = (nil, nil, nil)
        if descriptor >= 0 { close(descriptor) }
        descriptor = -1
    }

    private func close(_ descriptor: Int32) { _ = Glibc.close(descriptor) }
}
