internal import CUSB
internal import Glibc
public import Reactor

/// One use of a device with a pair of bulk endpoints, from its opening to its closing.
///
/// libusb runs on the reactor: its descriptors are event sources, and it starts no thread. Reads are always
/// queued, each for one packet, so that what a device sends arrives at once. It lives until ``close()`` has
/// returned or ``Event/closed(_:)``; a broken one is not mended: make a new one.
@Reactor
public final class USBDevice {
    public enum Event {
        case opened
        /// The bytes of one packet, valid during the call, and CLOCK_BOOTTIME in nanoseconds.
        case received(UnsafeRawBufferPointer, at: Int64)
        /// The end; the device is free for another use. Nothing comes after it.
        case closed(USBError)
    }

    private enum Phase { case new, opening, open, closing, closed }

    /// Reads that are queued. Chosen: 8 packets of 64 bytes are 100 ms of a stick at its busiest.
    private static let readCount = 8
    /// Messages that may wait to be sent, and the bytes of one.
    public static let backlogMaximum = 64
    public static let messageMaximum = 256
    private static let writeTimeout: UInt32 = 1_000  // ms
    /// Reads that may fail in a row before the device counts as broken.
    private static let failureMaximum = 16
    /// How long cancelled transfers may take to end before the device is closed over them.
    private static let cancelPatience: UInt64 = 1_000_000  // µs
    /// How often to look when the kernel cannot tell: at a descriptor that cannot be waited for, as the files
    /// of a test bed are, and for timeouts where libusb has no timer.
    private static let lookInterval: UInt64 = 2_000  // µs

    public let port: USBPort
    private let listener: @Reactor (Event) -> Void
    private var phase = Phase.new
    private var handle: USBHandle?
    private var sources: [EventSource] = []
    private var timer: EventSource?
    private var reads: [USBTransfer] = []
    private var write: USBTransfer?
    private var backlog: [[UInt8]] = []
    private var failures = 0
    private var halts = 0
    private var isClearing = false
    private var reason: USBError?
    private var waiters: [CheckedContinuation<Void, Never>] = []

    public init(_ port: USBPort, _ listener: @escaping @Reactor (Event) -> Void) {
        (self.port, self.listener) = (port, listener)
    }

    public var isOpen: Bool { phase == .open }

    /// Starts to open. Everything that follows is told to the listener, never from inside this call.
    public func open() {
        guard phase == .new else { return }
        phase = .opening
        Task { @Reactor in
            switch await USBThread.of(port).open(port) {
            case .success(let handle): await opened(handle)
            case .failure(let error): end(error)
            }
        }
    }

    /// Hands over a message to be sent, in order, in a transfer of its own; `false`, and nothing is sent,
    /// when it is too long, too many wait already or the device is not open.
    public func send(_ message: [UInt8]) -> Bool {
        guard phase == .open, message.count <= Self.messageMaximum, backlog.count < Self.backlogMaximum else {
            return false
        }
        backlog.append(message)
        sendNext()
        return true
    }

    /// Ends the use; when it returns, the device is free for another. The listener hears nothing more.
    public func close() async {
        switch phase {
        case .closed: return
        case .new:
            phase = .closed
            return
        case .opening, .closing: break
        case .open: beginClosing(nil)
        }
        reason = nil
        if phase == .opening { phase = .closing }
        await withCheckedContinuation { waiters.append($0) }
    }

    /// Resets a device that is not in use, as unplugging and plugging would; it may come back under another
    /// number. Takes up to seconds, but not the reactor's.
    public static func reset(_ port: USBPort) async -> USBError? { await USBThread.of(port).reset(port) }

    /// Takes the power from the socket for a moment. Not every hub can, and not every process may.
    public static func cyclePower(_ port: USBPort) async -> USBError? {
        await USBThread.of(port).cyclePower(port)
    }

    // MARK: Opening and closing

    private func opened(_ handle: USBHandle) async {
        guard phase == .opening else {
            await USBThread.of(port).close(handle)
            return end(nil)
        }
        self.handle = handle
        phase = .open
        do throws(USBError) {
            let node = handle.port.node
            for _ in 0..<Self.readCount {
                let size = handle.endpoints.packetSize
                let read = USBTransfer(try handle.makeTransfer(size: size), handle.endpoints.input, node)
                read.completion = { [unowned self] in readEnded($0) }
                reads.append(read)
            }
            let size = Self.messageMaximum
            let write = USBTransfer(try handle.makeTransfer(size: size), handle.endpoints.output, node)
            write.completion = { [unowned self] _ in writeEnded() }
            self.write = write
            wait(on: handle)
            for read in reads { try read.submit() }
        } catch {
            return beginClosing(error)
        }
        listener(.opened)
    }

    /// Ties libusb's descriptors to the reactor.
    private func wait(on handle: USBHandle) {
        var needsLooks = !handle.tellsTimeouts
        for (descriptor, events) in handle.pollDescriptors {
            let interest = EventSource.Interest(rawValue: events)
            let source = EventSource.descriptorIfPollable(descriptor, interest) { [self] ready in
                handleEvents()
                // libusb stops listening to a device that is gone, and the descriptor goes on telling.
                if !ready.isDisjoint(with: .error) { beginClosing(.gone) }
            }
            if let source { sources.append(source) } else { needsLooks = true }
        }
        guard needsLooks else { return }
        timer = EventSource.timer { [self] in
            handleEvents()
            timer?.set(atMicroseconds: EventSource.now() + Self.lookInterval)
        }
        timer?.set(atMicroseconds: EventSource.now() + Self.lookInterval)
    }

    private func handleEvents() {
        guard let handle else { return }
        // An error here is one of waiting; what happened to transfers they tell themselves.
        _ = handle.handleEvents()
        if phase == .closing { finishClosing(isForced: false) }
    }

    private func beginClosing(_ error: USBError?) {
        guard phase == .open else { return }
        phase = .closing
        reason = error
        for read in reads { read.cancel() }
        write?.cancel()
        // Never from inside the call: the listener may be the one who closes.
        Reactor.schedule(afterMicroseconds: 0) { [self] in finishClosing(isForced: error == .gone) }
        Reactor.schedule(afterMicroseconds: Self.cancelPatience) { [self] in finishClosing(isForced: true) }
    }

    /// Gives the device back, once its transfers have ended.
    private func finishClosing(isForced: Bool) {
        guard phase == .closing, let handle, isForced || !isBusy else { return }
        self.handle = nil
        for source in sources { source.cancel() }
        timer?.cancel()
        (sources, timer, reads, write) = ([], nil, [], nil)
        backlog.removeAll()
        Task { @Reactor in
            await USBThread.of(port).close(handle)
            end(reason)
        }
    }

    private var isBusy: Bool { isClearing || write?.isPending == true || reads.contains(where: \.isPending) }

    private func end(_ error: USBError?) {
        phase = .closed
        let waiters = self.waiters
        self.waiters = []
        for waiter in waiters { waiter.resume() }
        // Whoever waits for the end hears of it that way.
        if let error, waiters.isEmpty { listener(.closed(error)) }
    }

    // MARK: Transfers

    private func readEnded(_ read: USBTransfer) {
        guard phase == .open else { return }
        switch read.outcome {
        case .done:
            (failures, halts) = (0, 0)
            if !read.bytes.isEmpty { listener(.received(read.bytes, at: Self.now())) }
            guard phase == .open else { return }
        case .stalled: return clearHalt()
        case .gone: return beginClosing(.gone)
        case .cancelled: return
        case .timedOut, .failed:
            failures += 1
            guard failures < Self.failureMaximum else { return beginClosing(.io(EIO)) }
        }
        submit(read)
    }

    private func submit(_ read: USBTransfer) {
        do throws(USBError) { try read.submit() } catch { beginClosing(error) }
    }

    /// A halted endpoint ends all of its reads; when it is clear they are queued anew.
    private func clearHalt() {
        guard !isClearing, let handle else { return }
        halts += 1
        guard halts <= 3 else { return beginClosing(.stalled) }
        isClearing = true
        Task { @Reactor in
            let error = await USBThread.of(port).clearHalt(handle)
            isClearing = false
            if phase == .closing { return finishClosing(isForced: false) }
            if let error { return beginClosing(error) }
            for read in reads where phase == .open && !read.isPending { submit(read) }
        }
    }

    private func sendNext() {
        guard phase == .open, let write, !write.isPending, !backlog.isEmpty else { return }
        do throws(USBError) {
            try write.submit(backlog.removeFirst(), timeout: Self.writeTimeout)
        } catch {
            beginClosing(error)
        }
    }

    private func writeEnded() {
        guard phase == .open, let write else { return }
        switch write.outcome {
        case .done: sendNext()
        case .gone: beginClosing(.gone)
        case .stalled: beginClosing(.stalled)
        case .timedOut: beginClosing(.timedOut)
        case .cancelled: break
        case .failed: beginClosing(.io(EIO))
        }
    }

    private static func now() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_BOOTTIME, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}
