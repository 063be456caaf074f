import Foundation

enum Captures {
    /// The transfers of a real stick.
    static var zwift: String? {
        let tests = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let path = tests.appending(path: "Adapters/CaptureFileTests/Captures/zwift_usb_dump.jsonl").path
        return FileManager.default.isReadableFile(atPath: path) ? path : nil
    }
}
