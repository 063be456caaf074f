public import ANTHost
public import Reactor
public import USB

/// All ANT sticks of the machine: those that are plugged in, and those that were.
///
/// A stick keeps its name and its source for the life of the daemon, wherever and under whichever number it
/// comes back. What cannot be used is named once, with what to do about it.
@Reactor
public final class ANTSticks {
    public struct Settings: Hashable, Sendable {
        /// `nil`: no stick is opened, and ``keyAdvice`` says how to get one.
        public var networkKey: NetworkKey?
        public var keyAdvice = ""
        /// Which sticks to use; empty: all of them, for all device types.
        public var wanted: [Wanted] = []

        public init() {}
    }

    public struct Wanted: Hashable, Sendable {
        public var serial: String
        /// Empty: all.
        public var deviceTypes: [UInt8]

        public init(serial: String, deviceTypes: [UInt8] = []) {
            (self.serial, self.deviceTypes) = (serial, deviceTypes)
        }
    }

    /// In the order of their first appearance.
    public private(set) var sticks: [ANTStick] = []
    /// What is plugged in, used or not.
    private var ports: [USBPort] = []
    private var settings: Settings
    private unowned let listener: any StickListener
    private let makePort: @Reactor (USBPort) -> any StickPort
    private var monitor: USBMonitor?
    /// What was said already, so that it is said once.
    private var told: Set<String> = []

    /// - Parameters:
    ///   - settings: Which sticks to use, and with which key.
    ///   - listener: Outlives the sticks.
    ///   - makePort: The way to a stick; the USB bus.
    public init(
        settings: Settings,
        listener: any StickListener,
        makePort: @escaping @Reactor (USBPort) -> any StickPort = { USBStickPort($0) }
    ) {
        (self.settings, self.listener, self.makePort) = (settings, listener, makePort)
    }

    /// Begins to watch the bus, and opens the sticks that are there.
    public func start() {
        guard monitor == nil else { return }
        let monitor = USBMonitor(vendor: StickKind.vendor) { [unowned self] in take($0) }
        self.monitor = monitor
        monitor.start()
    }

    public func stop() {
        monitor?.stop()
        monitor = nil
        ports.removeAll()
        for stick in sticks {
            stick.stop()
            stick.detach()
        }
    }

    /// Takes over other settings. What was said is said again where it still holds.
    public func apply(_ settings: Settings) {
        guard settings != self.settings else { return }
        self.settings = settings
        told.removeAll()
        for port in ports { consider(port) }
    }

    /// What happened on the bus.
    func take(_ event: USBMonitor.Event) {
        switch event {
        case .arrived(let port):
            ports.removeAll { $0.path == port.path }
            ports.append(port)
            consider(port)
        case .changed(let port): stick(at: port)?.retry()
        case .left(let port):
            ports.removeAll { $0.path == port.path }
            stick(at: port)?.detach()
        }
    }

    private func stick(at port: USBPort) -> ANTStick? {
        sticks.first { $0.isPlugged && $0.port.path == port.path }
    }

    /// Uses a plugged device, or says why not.
    private func consider(_ port: USBPort) {
        switch StickKind(product: port.product) {
        case .other: return
        case .serialBridge(let name):
            return tell(
                .warning,
                "\(port.kind) at USB \(port.path) is an \(name): a serial bridge that cannot scan "
                    + "continuously, so it stays unused. Plug in an ANTUSB2 or ANTUSB-m stick (0fcf:1008, "
                    + "0fcf:1009)."
            )
        case .stick: break
        }
        guard let key = settings.networkKey else {
            stick(at: port)?.stop()
            return tell(.warning, settings.keyAdvice)
        }
        guard let deviceTypes = deviceTypes(for: port) else {
            stick(at: port)?.stop()
            return tell(
                .info,
                "The ANT stick at \(port.title) is not in radios.ant.sticks and stays unused."
            )
        }
        let wish = Receiver.Settings(networkKey: key, deviceTypes: deviceTypes)
        (stick(at: port) ?? returned(port) ?? make(port, wish))?.attach(port, wish)
    }

    /// What the configuration wants to hear with a stick; `nil` when it does not want the stick.
    private func deviceTypes(for port: USBPort) -> [UInt8]? {
        guard !settings.wanted.isEmpty else { return [] }
        return settings.wanted.first { $0.serial == port.serial }?.deviceTypes
    }

    private func returned(_ port: USBPort) -> ANTStick? {
        StickIdentity.match(port, among: sticks.map { ($0.port, $0.isPlugged) }).map { sticks[$0] }
    }

    private func make(_ port: USBPort, _ settings: Receiver.Settings) -> ANTStick? {
        guard let (name, index) = listener.addSource(serial: port.serial) else {
            tell(.warning, "The ANT stick at \(port.title) stays unused: there are too many sources.")
            return nil
        }
        let stick = ANTStick(
            name: name,
            source: index,
            port: port,
            settings: settings,
            listener: listener,
            makePort: makePort
        )
        sticks.append(stick)
        return stick
    }

    private func tell(_ notability: Receiver.Notability, _ text: String) {
        // What is unplugged and plugged again and again must not fill the log.
        guard told.count < 256, told.insert(text).inserted else { return }
        listener.log(notability, text)
    }
}
