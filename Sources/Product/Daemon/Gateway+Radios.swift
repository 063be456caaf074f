import CaptureFile
import Configuration
import Engine
import Reactor
import Wire

/// What the gateway hears, and the recording of it.
extension Gateway {
    func startRadios() {
        adoptRoster()
        applyCapture()
        applySimulator()
        applySticks()
        applyBluetooth()
    }

    /// Starts the simulated squad that the configuration wants, in place of the one that runs.
    func applySimulator() {
        for case let squad as SimulatedSquad in radios { squad.stop() }
        radios.removeAll { $0 is SimulatedSquad }
        let simulator = configuration.radios.simulator
        guard simulator.enabled else { return }
        let squad = SimulatedSquad(athletes: simulator.athletes, seed: simulator.seed, in: self)
        engine.adopt(squad.roster, at: now)
        radios.append(squad)
        squad.start()
    }

    /// Ends the recording that runs, and begins one if the configuration wants it.
    func applyCapture() {
        if let recorder { Task { @Reactor in await recorder.close() } }
        recorder = nil
        if configuration.capture.enabled { startRecorder() }
    }

    /// Gives a radio that was not here before a name and a number, its own for the life of the daemon.
    ///
    /// - Parameters:
    ///   - prefix: What such radios are called: `ant`, `hci`.
    ///   - serial: Of an ANT stick.
    ///   - address: Of a Bluetooth adapter.
    /// - Returns: `nil` when all numbers are given away.
    func addSource(
        _ prefix: String,
        serial: String? = nil,
        address: String? = nil
    ) -> (name: String, index: SourceIndex)? {
        var number = 0
        while sources.index(of: prefix + String(number)) != nil { number += 1 }
        let name = prefix + String(number)
        return sources.add(SourceTable.Source(name: name, serial: serial, address: address)).map {
            (name, $0)
        }
    }

    /// Imports the roster, unless there is somebody already.
    func adoptRoster() {
        guard engine.athletes.isEmpty, let path = configuration.athletes.roster else { return }
        do throws(RosterFault) {
            engine.adopt(try RosterFile.read(path), at: now)
        } catch {
            journal.write(.error, "The roster was not read: \(error)", id: .roster)
        }
    }

    private func startRecorder() {
        recorder = CaptureRecorder(
            directory: identity.stateDirectory + "/captures",
            maximumBytes: configuration.capture.maxSize,
            header: { [unowned self] in captureHeader(at: $0) },
            thread: thread,
            journal: journal
        )
    }

    /// The first line of a capture whose first frame came at `time`.
    private func captureHeader(at time: Instant) -> CaptureHeader {
        let anchor = engine.clock.bestAnchor(boot: identity.boot, at: time)
        // At a whole millisecond of UTC, which is all that the header can tell.
        let utc = anchor.utc(at: time) / .millisecond * .millisecond
        var header = CaptureHeader(
            gateway: identity.gateway,
            boot: identity.boot,
            time: time - (anchor.utc(at: time) - utc),
            realtime: utc,
            clock: anchor.clock,
            sources: sources,
            roster: engine.roster.map { wearer in
                CapturedAthlete(id: wearer.athlete, sensors: wearer.sensors.map(\.description))
            }
        )
        header.settings = engine.settings.sensors
        return header
    }
}

/// Something that hears sensors. It registers its sources with the gateway and hands over what it hears.
@Reactor
protocol Radio: AnyObject {
    func start()
    func stop()
    /// How its sources are, under the names that the table gives them.
    func reports(_ sources: SourceTable) -> [RadioReport]
}

/// How one source is, for the health report.
struct RadioReport {
    var name: String
    var state: String
    /// Why it is not as it should be, where there is something to be done.
    var reason: String?
    var serial: String?
    var counters: [(name: String, value: UInt64)] = []
    /// How often each step to bring it back was taken.
    var recoveries: [(name: String, value: UInt64)] = []
}
