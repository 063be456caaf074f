import ANTHost
import CaptureFile
import Foundation
import Testing
import Wire

/// The daemon with libusb, where the kernel would be an emulated stick.
@Suite(.serialized, .enabled(if: StickLab.isInstalled, "umockdev is not installed: make setup"))
struct UmockdevTests {
    /// What sensors sent, in a capture or a log, without when and where.
    private func frames(_ path: String) throws -> [Frame] {
        var reader = try CaptureReader(path: path)
        var frames: [Frame] = []
        while let (_, event) = try reader.next() {
            switch event {
            case .frame(let frame): frames.append(frame)
            case .transfer(let transfer) where transfer.direction == .received:
                // In the log each transfer is one message.
                let bytes = transfer.payload.bytes
                let data = Payload(bytes.dropFirst(3).dropLast()) ?? Payload()
                let message = Message(id: MessageID(bytes[2]), data: data)
                let frame = Broadcast(message)?.frame(at: transfer.time, source: transfer.source)
                if let frame { frames.append(frame) }
            default: break
            }
        }
        return frames.map {
            var frame = $0
            (frame.time, frame.source) = (Instant(nanoseconds: 0), SourceIndex(0))
            return frame
        }
    }

    @Test("Every message of a real stick's log comes through libusb to the decoders as it is in the log")
    func realLog() throws {
        let lab = try StickLab(["--stick", "1008:1002", "--capture", StickLab.log, "--speed", "40"])
        try lab.start(["1-1"])
        let expected = try frames(StickLab.log)
        #expect(expected.count == 174)
        // What the stick answers while it is set up comes on top.
        let answers = 13
        let hasAll = try lab.wait(20, for: "transfers", of: "1-1", toReach: expected.count + answers)
        #expect(hasAll, "\(lab.journal)")
        #expect(lab.stop() == 0)
        let captures = try FileManager.default.contentsOfDirectory(atPath: lab.state + "/captures")
        let heard = try captures.sorted().flatMap { try frames(lab.state + "/captures/" + $0) }
        #expect(heard.count == expected.count)
        #expect(heard.elementsEqual(expected))
        #expect(!lab.journal.contains("bringing it back"))
    }

    @Test("Two sticks that are pulled and come back under other numbers are heard again within 10 s")
    func hotplug() throws {
        let lab = try StickLab(["--stick", "1008:1002", "--stick", "1009:1001", "--weather", "none"])
        try lab.start(["1-1", "1-2"])
        for socket in ["1-1", "1-2"] {
            #expect(try lab.wait(20, for: "forwarded", of: socket, toReach: 20), "\(lab.journal)")
        }
        for socket in ["1-1", "1-2", "1-1"] {
            let number = try lab.count("number", of: socket)
            try lab.tell("unplug \(socket)")
            usleep(200_000)
            try lab.tell("plug \(socket)")
            let before = try lab.count("forwarded", of: socket)
            #expect(try lab.wait(10, for: "forwarded", of: socket, toReach: before + 20), "\(lab.journal)")
            #expect(try lab.count("number", of: socket) > number)
        }
        #expect(lab.stop() == 0)
        for socket in ["1-1", "1-2"] {
            #expect(try lab.count("transmissions", of: socket) == 0)
            #expect(try lab.count("refusals", of: socket) == 0)
        }
    }
}
