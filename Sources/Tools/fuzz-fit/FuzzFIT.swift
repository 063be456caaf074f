import ActivityFile
import Fuzzing

/// Feeds arbitrary bytes to the reader of FIT activities: as a file, and as the data of a file whose header
/// and checksum are right, which chance alone would hardly make.
@main enum FuzzFIT {
    static func main() {
        Fuzzer.run { start, count in
            let bytes = Array(UnsafeBufferPointer(start: start, count: count))
            _ = try? ActivityFile(bytes: bytes, path: "fuzz.fit")
            let file = FuzzFIT.file(of: bytes)
            _ = try? ActivityFile(bytes: file, path: "fuzz.fit")
            _ = try? ActivityFile(bytes: file + file, path: "fuzz.fit")
            return 0
        }
    }

    private static func file(of data: [UInt8]) -> [UInt8] {
        let size = (0..<4).map { UInt8(truncatingIfNeeded: data.count >> (8 * $0)) }
        let file = [12, 0x20, 0, 0] + size + Array(".FIT".utf8) + data
        let checksum = file.reduce(UInt16(0)) { sum, byte in
            (0..<8).reduce(sum ^ UInt16(byte)) { value, _ in
                value & 1 == 1 ? value >> 1 ^ 0xA001 : value >> 1
            }
        }
        return file + [UInt8(truncatingIfNeeded: checksum), UInt8(checksum >> 8)]
    }
}
