import CaptureFile
import Configuration
import Engine
import Reactor
import Wire

/// What the gateway hears, and the recording of it.
extension Gateway {
    func startRadios() {
        adoptRoster()
        let simulator = configuration.radios.simulator
        if simulator.enabled {
            let radio = SimulatedSquad(athletes: simulator.athletes, seed: simulator.seed)
            engine.adopt(radio.roster, at: now)
            radios.append(radio)
        }
        if configuration.capture.enabled { startRecorder() }
        for radio in radios { radio.start { [unowned self] frame in take(frame) } }
    }

    private func adoptRoster() {
        guard let path = configuration.athletes.roster else { return }
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

    /// The names of all sources in the order of their indices.
    var sources: [String] { radios.flatMap(\.sources) }

    /// The first line of a capture whose first frame came at `time`.
    private func captureHeader(at time: Instant) -> CaptureHeader {
        var sources = SourceTable()
        for name in self.sources { sources.add(SourceTable.Source(name: name)) }
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

/// A source of frames.
@Reactor
protocol Radio: AnyObject {
    /// Its sources in the order of their indices.
    var sources: [String] { get }
    func start(_ sink: @escaping @Reactor (Frame) -> Void)
    func stop()
}
