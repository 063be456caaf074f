internal import Glibc
internal import Simulation
internal import Wire

/// Serves emulated sticks over USB/IP in real time, and a socket to spoil them with.
///
/// One thread, one `poll`. To stop it, end the process.
public struct StickServer {
    private enum Role { case client(USBIPSession), control }

    /// A connection: its socket, what is to be sent, and what it is for.
    private final class Connection {
        let socket: Socket
        var role: Role
        var input: [UInt8] = []
        var output: [UInt8] = []
        var isBroken = false

        init(_ socket: Socket, _ role: Role) {
            self.socket = socket
            self.role = role
        }

        /// Whether everything has been said.
        var isFinished: Bool {
            guard case .client(let session) = role, session.isClosed else { return false }
            return output.isEmpty
        }

        var stick: Int? { if case .client(let session) = role { session.stick } else { nil } }
    }

    private var bus: StickBus
    private var air: Air
    private let clients: Socket
    private let controls: Socket
    private var connections: [Connection] = []

    init(_ options: StickServerOptions) throws(StickServerError) {
        bus = StickBus(options.emulators)
        air = try options.air(at: Self.now())
        clients = try Socket(listeningAt: options.address)
        controls = try Socket(listeningAt: options.controlAddress)
    }

    /// Where sticks and where the control lines are served.
    var ports: (usbip: UInt16, control: UInt16) { (clients.port, controls.port) }
    var sockets: [String] { bus.sockets }

    /// CLOCK_BOOTTIME.
    private static func now() -> Instant {
        var time = timespec()
        clock_gettime(CLOCK_BOOTTIME, &time)
        return Instant(nanoseconds: Int64(time.tv_sec) * .second + Int64(time.tv_nsec))
    }

    /// The program: serves as the words of its command line say, for ever.
    ///
    /// - Parameter words: Without the name of the program.
    /// - Returns: The exit status, once it cannot go on.
    public static func run(_ words: [String]) -> Int32 {
        if words.contains("--help") {
            print(StickServerOptions.usage)
            return 0
        }
        do throws(StickServerError) {
            var server = try StickServer(StickServerOptions(words))
            print("serving", server.sockets.joined(separator: " "), "at port", server.ports.usbip)
            print("control at port", server.ports.control)
            fflush(nil)
            while true { try server.turn() }
        } catch {
            print("touchline-antstick: \(error)")
            return 1
        }
    }

    /// Waits until something happens, or `limit` nanoseconds, and does it.
    mutating func turn(atMost limit: Nanoseconds = .second) throws(StickServerError) {
        var polled = [clients.descriptor, controls.descriptor].map {
            pollfd(fd: $0, events: Int16(POLLIN), revents: 0)
        }
        polled += connections.map {
            let events = $0.output.isEmpty ? POLLIN : POLLIN | POLLOUT
            return pollfd(fd: $0.socket.descriptor, events: Int16(events), revents: 0)
        }
        let wait = min(max(0, (nextTime ?? Instant(nanoseconds: .max)) - Self.now()), limit)
        // Rounded up: what is due is at most a millisecond late, and never asked for in a spin.
        let timeout = Int32((wait + .millisecond - 1) / .millisecond)
        guard poll(&polled, nfds_t(polled.count), timeout) >= 0 || errno == EINTR else {
            throw StickServerError("poll", errno: errno)
        }
        let now = Self.now()
        for (connection, state) in zip(connections, polled.dropFirst(2)) where state.revents != 0 {
            receive(from: connection, at: now)
        }
        if polled[0].revents != 0, let socket = Socket(acceptedFrom: clients) {
            connections.append(Connection(socket, .client(USBIPSession())))
        }
        if polled[1].revents != 0, let socket = Socket(acceptedFrom: controls) {
            connections.append(Connection(socket, .control))
        }
        air.play(until: now, &bus)
        for connection in connections {
            if let stick = connection.stick { connection.output += bus.sticks[stick].pump(at: now) }
            if !connection.socket.write(&connection.output) { connection.isBroken = true }
        }
        for connection in connections where connection.isBroken || connection.isFinished {
            if let stick = connection.stick, bus.sticks[stick].isAttached { bus.sticks[stick].detach() }
        }
        connections.removeAll { $0.isBroken || $0.isFinished }
    }

    /// When something happens next without anyone asking.
    private var nextTime: Instant? {
        let reads = connections.compactMap { $0.stick.flatMap { bus.sticks[$0].nextRead } }
        return (reads + [air.nextTime].compactMap { $0 }).min()
    }

    private mutating func receive(from connection: Connection, at now: Instant) {
        guard let bytes = connection.socket.read() else {
            connection.isBroken = true
            return
        }
        switch connection.role {
        case .client(var session):
            connection.output += session.receive(bytes[...], &bus, at: now)
            connection.role = .client(session)
        case .control:
            connection.input += bytes
            while let end = connection.input.firstIndex(of: UInt8(ascii: "\n")) {
                let line = String(decoding: connection.input[..<end], as: UTF8.self)
                connection.input.removeFirst(end + 1)
                let (answer, unplugged) = ControlLine.obey(line, &bus)
                connection.output += answer
                for other in connections where unplugged != nil && other.stick == unplugged {
                    // The stick is no longer this client's, even if the next one has it already.
                    (other.role, other.isBroken) = (.control, true)
                }
            }
        }
    }
}
