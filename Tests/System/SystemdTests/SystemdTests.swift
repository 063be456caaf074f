import Foundation
import Systemd
import TestSupport
import Testing

@Suite(.serialized) struct SystemdTests {
    static let wording: [(ServiceState, String)] = [
        (.ready, "READY=1"),
        (.reloading(monotonicMicroseconds: 7), "RELOADING=1\nMONOTONIC_USEC=7"),
        (.stopping, "STOPPING=1"),
        (.status("3 sensors"), "STATUS=3 sensors"),
        (.status("pod\nMAINPID=1"), "STATUS=pod MAINPID=1"),
        (.watchdog, "WATCHDOG=1"),
    ]

    @Test("Each state has its wording, and a sensor's name cannot forge another", arguments: wording)
    func assignments(state: ServiceState, expected: String) { #expect(state.assignments == expected) }

    @Test("A notification arrives as one datagram")
    func arrives() throws {
        let directory = TemporaryDirectory()
        let socket = try DatagramSocket(path: directory.file("notify"))
        setenv("NOTIFY_SOCKET", directory.file("notify"), 1)
        defer { unsetenv("NOTIFY_SOCKET") }
        ServiceManager().notify(.ready)
        #expect(socket.receive() == "READY=1")
    }

    @Test("Without a manager, notifying does nothing and no watchdog is due")
    func absent() {
        unsetenv("NOTIFY_SOCKET")
        ServiceManager().notify(.ready)
        #expect(ServiceManager().watchdogInterval == nil)
    }

    @Test("The watchdog is fed at half its time")
    func watchdog() {
        setenv("WATCHDOG_USEC", "3000000", 1)
        defer { unsetenv("WATCHDOG_USEC") }
        #expect(ServiceManager().watchdogInterval == 1_500_000)
    }

    @Test("Both clocks move on, and this process has memory and has written")
    func machine() {
        let before = Machine.bootTime
        #expect(Machine.bootTime >= before)
        #expect(Machine.systemTime > 1_767_225_600 * 1_000_000_000)
        #expect(Machine.residentBytes > 1_000_000)
        #expect(Machine.processTime > 0)
    }
}

/// The manager's end of the conversation.
private final class DatagramSocket {
    private let descriptor: Int32

    init(path: String) throws {
        descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        let bound = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        try #require(bound == 0)
    }

    deinit { close(descriptor) }

    func receive() -> String {
        var buffer = [UInt8](repeating: 0, count: 4096)
        let count = recv(descriptor, &buffer, buffer.count, Int32(MSG_DONTWAIT))
        return String(decoding: buffer.prefix(max(count, 0)), as: UTF8.self)
    }
}
