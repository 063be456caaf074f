import Fuzzing
import Profiles
import Wire

/// Feeds arbitrary bytes to every decoder and to what describes pages.
///
/// The first byte picks the profile. The rest is cut into payloads, each led by a byte that holds its length
/// (low 6 bits) and how far time moves before it (high 2 bits): state across pages is fuzzed too.
@main enum FuzzDecoders {
    static func main() {
        Fuzzer.run { start, count in
            var bytes = UnsafeBufferPointer(start: start, count: count)[...]
            guard let choice = bytes.popFirst() else { return 0 }
            let profile = ProfileRegistry.all[Int(choice) % ProfileRegistry.all.count]
            FuzzDecoders.decode(bytes, as: profile)
            return 0
        }
    }

    private static func decode<Profile: SensorProfile>(
        _ bytes: Slice<UnsafeBufferPointer<UInt8>>,
        as profile: Profile.Type
    ) {
        let steps: [Nanoseconds] = [0, .second / 4, .minute, -.second]
        var rest = bytes
        var decoder = Profile()
        var readings: [Reading] = []
        var time = Instant(nanoseconds: 0)
        while let head = rest.popFirst() {
            guard let payload = Payload(rest.prefix(Int(head & 0x3F))) else { return }
            rest = rest.dropFirst(payload.count)
            time = time + steps[Int(head >> 6)]
            let before = decoder
            do throws(DecodeFailure) {
                try decoder.decode(payload, at: time, into: &readings)
                var fields = FieldList()
                try Profile.Page(payload).describe(to: &fields, context: PageContext(deviceNumber: 1))
            } catch {
                precondition(decoder == before, "A failure left a trace.")
            }
            readings.removeAll(keepingCapacity: true)
        }
    }
}
