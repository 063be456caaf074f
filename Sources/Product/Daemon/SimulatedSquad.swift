import Engine
import Reactor
import SimulatedRadio
import Simulation
import Wire

/// The simulated squad as a radio of the daemon.
@Reactor
final class SimulatedSquad: Radio {
    let sources = Squad.sources
    let roster: [Wearer]
    private let makeSquad: (Instant) -> Squad
    private var radio: SimulatedRadio?

    init(athletes: Int, seed: UInt64) {
        makeSquad = { Squad(athletes: athletes, seed: seed, start: $0) }
        roster = makeSquad(Instant(nanoseconds: 0)).roster.map {
            Wearer(athlete: $0.athlete, sensors: $0.sensors)
        }
    }

    func start(_ sink: @escaping @Reactor (Frame) -> Void) {
        radio = SimulatedRadio(makeSquad, sink: sink)
        radio?.start()
    }

    func stop() { radio?.stop() }
}
