internal import CUSB
internal import Glibc
internal import Reactor

/// The thread for the calls that may block for seconds: opening asks the device, a reset waits for it,
/// closing waits for what is under way.
///
/// Each socket has its own, because a device that hangs must not delay the recovery of another. Threads live
/// as long as the process; there are no more of them than sockets in which such a device was ever opened.
actor USBThread {
    @Reactor private static var threads: [String: USBThread] = [:]

    /// The thread of the socket that `port` is plugged into.
    @Reactor
    static func of(_ port: USBPort) -> USBThread {
        if let thread = threads[port.path] { return thread }
        let thread = USBThread(named: "usb \(port.path)")
        threads[port.path] = thread
        return thread
    }

    private nonisolated let thread: SerialThread
    nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }

    private init(named name: String) { thread = SerialThread(named: name) }

    /// How long a socket stays without power. Chosen: long enough for the capacitors of a stick.
    private static let powerPause: UInt32 = 1_000_000  // µs

    func open(_ port: USBPort) -> Result<USBHandle, USBError> {
        do throws(USBError) {
            return .success(try USBHandle(port))
        } catch {
            return .failure(error)
        }
    }

    func close(_ handle: USBHandle) { handle.close() }

    func clearHalt(_ handle: USBHandle) -> USBError? { handle.clearHalt() }

    /// Resets what is plugged in at the port's path. Afterwards it may have another number.
    func reset(_ port: USBPort) -> USBError? {
        guard let now = USBPort(path: port.path), now.isSameDevice(as: port) else { return .gone }
        let descriptor = Glibc.open(now.node, O_RDWR | O_CLOEXEC)
        guard descriptor >= 0 else { return USBError(errno: errno, node: now.node) }
        defer { Glibc.close(descriptor) }
        guard usb_reset(descriptor) < 0 else { return nil }
        // It came back as a new attachment: reset all the same.
        if errno == ENODEV || errno == ENOENT { return nil }
        return USBError(errno: errno, node: now.node)
    }

    /// Takes the power from the socket and gives it back. The device, if there is one, comes back anew.
    func cyclePower(_ port: USBPort) -> USBError? {
        guard let path = USBPort.powerSwitch(of: port.path), access(path, F_OK) == 0 else {
            return .unsupported("this hub, or this kernel, cannot switch the power of a socket")
        }
        if let error = Self.write("1", to: path) {
            guard case .denied = error else { return error }
            return .unsupported("\(path) may not be written")
        }
        usleep(Self.powerPause)
        return Self.write("0", to: path)
    }

    private static func write(_ text: StaticString, to path: String) -> USBError? {
        let descriptor = Glibc.open(path, O_WRONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return USBError(errno: errno, node: path) }
        defer { Glibc.close(descriptor) }
        let count = Glibc.write(descriptor, text.utf8Start, text.utf8CodeUnitCount)
        return count < 0 ? USBError(errno: errno, node: path) : nil
    }
}
