internal import CaptureFile
internal import Simulation
internal import Wire

/// What `touchline-antstick` was called with.
struct StickServerOptions {
    static let usage = """
        usage: touchline-antstick [--listen 127.0.0.1:3240] [--control 127.0.0.1:3241]
                                  [--stick 1008|1009:SERIAL]... [--sensors N | --capture FILE [--speed N]]
                                  [--weather typical|none] [--reception 0...1] [--seed N]

        Serves emulated ANT sticks over USB/IP: usbip attach -r HOST -b 1-1 takes the first, 1-2 the second.
        On the air is a simulated squad with N ANT+ sensors (default 22), or a capture, which starts when a
        stick scans, at N times its speed. The network key is the made-up one of the emulator,
        544F5543484C494E. Lines to the control port spoil the sticks; an unknown one is answered with what
        there is.
        """

    private(set) var emulators: [StickEmulator] = []
    var address = "127.0.0.1:3240"
    var controlAddress = "127.0.0.1:3241"
    private var sensors = 22
    private var capture: String?
    private var speed = 1.0
    private var weather = Weather.typical
    private var seed: UInt64 = 1

    /// - Parameter words: The command line without the program.
    /// - Throws: What does not fit.
    init(_ words: [String]) throws(StickServerError) {
        var sticks: [(StickEmulator.Model, UInt32)] = []
        var reception = 1.0
        var rest = words[...]
        while let name = rest.popFirst() {
            guard let value = rest.popFirst() else { throw StickServerError("\(name) needs a value") }
            switch name {
            case "--listen": address = value
            case "--control": controlAddress = value
            case "--capture": capture = value
            case "--stick":
                let parts = value.split(separator: ":")
                guard parts.count == 2, let serial = UInt32(parts[1]) else { throw Self.misfit(name, value) }
                switch parts[0] {
                case "1008": sticks.append((.antUSB2, serial))
                case "1009": sticks.append((.antUSBm, serial))
                default: throw Self.misfit(name, value)
                }
            case "--sensors":
                guard let count = Int(value), (1...1000).contains(count) else {
                    throw Self.misfit(name, value)
                }
                sensors = count
            case "--speed":
                guard let factor = Double(value), (0.1...1000).contains(factor) else {
                    throw Self.misfit(name, value)
                }
                speed = factor
            case "--weather" where value == "none": weather = .none
            case "--weather" where value == "typical": weather = .typical
            case "--reception":
                guard let share = Double(value), (0...1).contains(share) else {
                    throw Self.misfit(name, value)
                }
                reception = share
            case "--seed":
                guard let number = UInt64(value) else { throw Self.misfit(name, value) }
                seed = number
            default: throw StickServerError("\(name) \(value) is not an option here")
            }
        }
        if sticks.isEmpty { sticks = [(.antUSBm, 1001)] }
        for (index, (model, serial)) in sticks.enumerated() {
            var emulator = StickEmulator(serial: serial, model: model, seed: seed &+ UInt64(index))
            emulator.faults.reception = reception
            emulators.append(emulator)
        }
    }

    private static func misfit(_ name: String, _ value: String) -> StickServerError {
        StickServerError("\(name) does not take \(value)")
    }

    func air(at start: Instant) throws(StickServerError) -> Air {
        guard let capture else { return Air(sensors: sensors, seed: seed, weather: weather, at: start) }
        do throws(CaptureError) {
            return try Air(capture: capture, speed: speed)
        } catch {
            throw StickServerError("\(capture): \(error)")
        }
    }
}
