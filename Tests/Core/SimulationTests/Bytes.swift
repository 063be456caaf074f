import Simulation
import Wire

// Reads frames by hand, independently of the encoders and of the gateway's decoders.
extension Frame {
    var isANT: Bool { channel == .antPage }

    var antType: UInt8? {
        if case .ant(_, let type) = sensor.kind { type } else { nil }
    }

    func isNotification(_ characteristic: UInt16) -> Bool {
        channel == .characteristic(AttributeUUID(characteristic))
    }

    func number(_ index: Int, bytes count: Int = 1) -> Int {
        (0..<count).reduce(0) { $0 | Int(payload[index + $1]) << (8 * $1) }
    }
}

extension Squad {
    /// All frames of the next `seconds`.
    mutating func frames(seconds: Int64) -> [Frame] {
        var frames: [Frame] = []
        self.frames(until: now + seconds * .second) { frames.append($0) }
        return frames
    }

    /// The same as a checksum of all their parts.
    mutating func checksum(seconds: Int64) -> UInt32 {
        var bytes: [UInt8] = []
        frames(until: now + seconds * .second) { frame in
            for word in [
                UInt64(frame.time.nanoseconds), frame.sensor.rawValue, UInt64(frame.receiveStamp ?? 0),
            ] {
                bytes += (0..<8).map { UInt8(truncatingIfNeeded: word >> (8 * $0)) }
            }
            bytes.append(frame.source.rawValue)
            switch frame.strength {
            case .dBm(let level): bytes.append(UInt8(bitPattern: level))
            case .gain(let gain): bytes.append(UInt8(truncatingIfNeeded: gain))
            case nil: bytes.append(0)
            }
            bytes += frame.payload.bytes
        }
        return CRC32.checksum(bytes)
    }

    static let origin = Instant(nanoseconds: 1_000 * .second)

    static func calm(athletes: Int, seed: UInt64 = 1) -> Squad {
        Squad(athletes: athletes, seed: seed, start: origin, weather: .none, keepsBeats: true)
    }
}
