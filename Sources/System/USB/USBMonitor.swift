internal import CSystemd
internal import Glibc
public import Reactor

/// Tells which devices of one vendor are plugged in, and which come and go.
///
/// udev tells of changes when it has set up the device node. Besides, the bus is looked through now and then:
/// every minute, because a burst of messages can overflow the kernel's queue, and every 5 s where no udev
/// runs, such as in a container. It lives until ``stop()``.
@Reactor
public final class USBMonitor {
    public enum Event: Hashable, Sendable {
        /// A device is there: new, or attached anew under another number.
        case arrived(USBPort)
        /// Something about a device that is there changed: who may open it, or which driver has it.
        case changed(USBPort)
        /// A device is not there any more.
        case left(USBPort)
    }

    private static let lookInterval: UInt64 = 60_000_000  // µs
    private static let lookIntervalWithoutUdev: UInt64 = 5_000_000  // µs

    private let vendor: UInt16
    private let listener: @Reactor (Event) -> Void
    private var monitor: OpaquePointer?
    private var timer: EventSource?
    /// What is plugged in, in the order of arrival.
    private(set) public var ports: [USBPort] = []

    public init(vendor: UInt16, _ listener: @escaping @Reactor (Event) -> Void) {
        (self.vendor, self.listener) = (vendor, listener)
    }

    /// Begins; tells of what is plugged in already before it returns.
    public func start() {
        guard timer == nil else { return }
        timer = EventSource.timer(accuracyMicroseconds: 500_000) { self.tick() }
        attach()
        tick()
    }

    public func stop() {
        timer?.cancel()
        timer = nil
        guard let monitor else { return }
        sd_device_monitor_stop(monitor)
        sd_device_monitor_unref(monitor)
        self.monitor = nil
        Unmanaged.passUnretained(self).release()
    }

    /// Listens to udev. Where that is not possible, looking through the bus has to do.
    private func attach() {
        var monitor: OpaquePointer?
        guard sd_device_monitor_new(&monitor) >= 0, let monitor else { return }
        let onDevice: sd_device_monitor_handler_t = { _, device, this in
            let this = Unmanaged<USBMonitor>.fromOpaque(this!).takeUnretainedValue()
            var name: UnsafePointer<CChar>?
            guard sd_device_get_sysname(device, &name) >= 0, let name else { return 0 }
            let path = String(cString: name)
            Reactor.assumeIsolated { this.look(at: path, isTold: true) }
            return 0
        }
        guard sd_device_monitor_filter_add_match_subsystem_devtype(monitor, "usb", "usb_device") >= 0,
            sd_device_monitor_attach_event(monitor, Reactor.event) >= 0,
            sd_device_monitor_start(monitor, onDevice, Unmanaged.passUnretained(self).toOpaque()) >= 0
        else {
            sd_device_monitor_unref(monitor)
            return
        }
        // Until `stop`.
        _ = Unmanaged.passRetained(self)
        self.monitor = monitor
    }

    private func tick() {
        look()
        let hasUdev = monitor != nil && access("/run/udev/control", F_OK) == 0
        let interval = hasUdev ? Self.lookInterval : Self.lookIntervalWithoutUdev
        timer?.set(atMicroseconds: EventSource.now() + interval)
    }

    /// Looks through the whole bus.
    public func look() {
        let paths = self.paths()
        for port in ports where !paths.contains(port.path) { look(at: port.path, isTold: false) }
        for path in paths { look(at: path, isTold: false) }
    }

    /// Compares what is known of one socket with what is there. A message of udev is only the reason to look:
    /// several may have gathered, and what counts is the present.
    private func look(at path: String, isTold: Bool) {
        let now = USBPort(path: path).flatMap { $0.vendor == vendor ? $0 : nil }
        let known = ports.firstIndex { $0.path == path }
        switch (known, now) {
        case (nil, nil): break
        case (nil, let now?):
            ports.append(now)
            listener(.arrived(now))
        case (let index?, nil): listener(.left(ports.remove(at: index)))
        case (let index?, let now?):
            let before = ports[index]
            ports[index] = now
            if !before.isSameDevice(as: now) {
                listener(.left(before))
                listener(.arrived(now))
            } else if before.number != now.number {
                listener(.arrived(now))
            } else if isTold || before != now {
                listener(.changed(now))
            }
        }
    }

    /// The sockets where devices of the vendor are, in the order of their names.
    private func paths() -> [String] {
        var enumerator: OpaquePointer?
        guard sd_device_enumerator_new(&enumerator) >= 0 else { return [] }
        defer { sd_device_enumerator_unref(enumerator) }
        let digits = String(vendor, radix: 16)
        let id = String(repeating: "0", count: 4 - digits.utf8.count) + digits
        // Without udev nothing is ever set up; opening such a device says whether it may be opened.
        guard sd_device_enumerator_allow_uninitialized(enumerator) >= 0,
            sd_device_enumerator_add_match_subsystem(enumerator, "usb", 1) >= 0,
            sd_device_enumerator_add_match_sysattr(enumerator, "idVendor", id, 1) >= 0
        else { return [] }
        var paths: [String] = []
        var device = sd_device_enumerator_get_device_first(enumerator)
        while let found = device {
            var name: UnsafePointer<CChar>?
            if sd_device_get_sysname(found, &name) >= 0, let name { paths.append(String(cString: name)) }
            device = sd_device_enumerator_get_device_next(enumerator)
        }
        return paths.filter(USBPort.isPath)
    }
}
