import Simulation
import Testing
import Wire

/// A host by hand: writes one command, lets time pass until the stick has nothing more to say.
struct StickBench {
    static let begin = Instant(nanoseconds: 7 * .second)

    var stick: StickEmulator
    var now = Self.begin

    init(_ model: StickEmulator.Model = .antUSBm, serial: UInt32 = 12345, seed: UInt64 = 1) {
        stick = StickEmulator(serial: serial, model: model, seed: seed)
        stick.powerOn(at: now)
    }

    /// A stick that has been reset.
    static func started(_ model: StickEmulator.Model = .antUSBm, seed: UInt64 = 1) -> StickBench {
        var bench = StickBench(model, seed: seed)
        _ = bench.heard()
        #expect(bench.ask(0x4A, [0]) == ["6F20"])
        return bench
    }

    /// A stick that scans.
    static func scanning(
        seed: UInt64 = 1,
        key: [UInt8] = StickEmulator.airKey,
        frequency: UInt8 = 57,
        extras: UInt8 = 0xE0
    ) -> StickBench {
        var bench = StickBench.started(seed: seed)
        bench.openScan(key: key, frequency: frequency, extras: extras)
        return bench
    }

    mutating func openScan(
        key: [UInt8] = StickEmulator.airKey,
        frequency: UInt8 = 57,
        extras: UInt8 = 0xE0
    ) {
        let commands: [(UInt8, [UInt8])] = [
            (0x46, [0] + key), (0x42, [0, 0x40, 0]), (0x51, [0, 0, 0, 0, 0]), (0x45, [0, frequency]),
            (0x6E, [0, extras]), (0x5B, [0]),
        ]
        for (id, data) in commands {
            #expect(ask(id, data) == [Hex.text([0x40, 0, id, 0])])
        }
    }

    mutating func write(_ id: UInt8, _ data: [UInt8]) {
        let body: [UInt8] = [0xA4, UInt8(data.count), id] + data
        stick.write(body + [body.reduce(0, ^), 0, 0], at: now)
    }

    /// The transfers up to the last one that is coming, each in hexadecimal digits.
    mutating func transfers() -> [[UInt8]] {
        var transfers: [[UInt8]] = []
        while let next = stick.nextRead {
            now = max(now, next)
            guard let transfer = stick.read(at: now) else { break }
            transfers.append(transfer)
        }
        return transfers
    }

    /// The messages up to the last one that is coming: id and data in hexadecimal digits.
    ///
    /// Each transfer has to be one whole frame, as on a stick without faults.
    mutating func heard() -> [String] {
        transfers().map { frame in
            #expect(frame.first == 0xA4)
            #expect(Int(frame[1]) == frame.count - 4)
            #expect(frame.reduce(0, ^) == 0)
            return Hex.text(frame[2..<(frame.count - 1)])
        }
    }

    mutating func ask(_ id: UInt8, _ data: [UInt8]) -> [String] {
        write(id, data)
        return heard()
    }

    /// Lets a sensor send now.
    mutating func hear(_ frame: Frame) {
        var frame = frame
        frame.time = now
        stick.hear(frame)
    }
}

extension Frame {
    /// A page of a heart rate strap.
    static let strap = Frame(
        time: StickBench.begin,
        source: SourceIndex(0),
        sensor: .ant(number: 54321, type: 120),
        channel: .antPage,
        strength: .gain(0x68),
        receiveStamp: 0x3B61,
        payload: Payload([0x04, 0x00, 0xA1, 0xB2, 0x51, 0xB4, 0x28, 0x8E])!
    )
}
