import CaptureFile
import Engine
import Reactor
import SimulatedRadio
import Simulation
import Wire

/// The simulated squad as a radio of the daemon.
@Reactor
final class SimulatedSquad: Radio {
    let roster: [Wearer]
    private let makeSquad: (Instant) -> Squad
    private unowned let gateway: Gateway
    /// The gateway's sources in the order of the squad's own.
    private let sources: [(name: String, index: SourceIndex)]
    private var radio: SimulatedRadio?

    init(athletes: Int, seed: UInt64, in gateway: Gateway) {
        makeSquad = { Squad(athletes: athletes, seed: seed, start: $0) }
        roster = makeSquad(Instant(nanoseconds: 0)).roster.map {
            Wearer(athlete: $0.athlete, sensors: $0.sensors)
        }
        self.gateway = gateway
        sources = gateway.simulatedSources
    }

    func start() {
        radio = SimulatedRadio(makeSquad) { [unowned self] in take($0) }
        radio?.start()
    }

    func stop() { radio?.stop() }

    func reports(_ table: SourceTable) -> [RadioReport] {
        sources.map { RadioReport(name: $0.name, state: "simulated") }
    }

    private func take(_ frame: Frame) {
        let index = Int(frame.source.rawValue)
        guard index < sources.count else { return }
        var frame = frame
        frame.source = sources[index].index
        gateway.take(frame)
    }
}
