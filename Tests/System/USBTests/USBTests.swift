import Foundation
import Reactor
import TestSupport
import Testing

@testable import USB

@Suite struct USBTests {
    static let nowhere = USBPort(path: "99-7.3", vendor: 0x0FCF, product: 0x1008, bus: 99, number: 4)

    @Test(
        "A path names bus and ports, and nothing else gets into a file name",
        arguments: [
            ("1-1", true), ("2-1.4.12", true), ("usb1", false), ("1-0:1.0", false), ("1-1.", false),
            ("-1", false), ("1-", false), ("1-1/../..", false), ("", false), ("1-1-1", false),
        ]
    )
    func path(text: String, isPath: Bool) { #expect(USBPort.isPath(text) == isPath) }

    @Test("The power of a socket is switched at the hub that it belongs to")
    func powerSwitch() {
        let devices = "/sys/bus/usb/devices/"
        #expect(USBPort.powerSwitch(of: "1-4") == devices + "1-0:1.0/usb1-port4/disable")
        #expect(USBPort.powerSwitch(of: "1-1.4") == devices + "1-1:1.0/1-1-port4/disable")
        #expect(USBPort.powerSwitch(of: "2-1.3.10") == devices + "2-1.3:1.0/2-1.3-port10/disable")
        #expect(USBPort.powerSwitch(of: "../1") == nil)
    }

    @Test("What a device says of itself reaches the log as printable ASCII of bounded length")
    func text() {
        #expect(USBPort.text(Array("  4711\n".utf8)) == "4711")
        #expect(USBPort.text([0x41, 0x0A, 0x1B, 0x5B, 0xFF, 0x42]) == "A[B")
        #expect(USBPort.text(Array(repeating: UInt8(ascii: "x"), count: 500))?.count == 64)
        #expect(USBPort.text(Array(" \n".utf8)) == nil)
    }

    @Test("Names are those of the kernel and of lsusb")
    func names() {
        let port = USBPort(path: "1-1.4", vendor: 0x0FCF, product: 0x1008, bus: 1, number: 12)
        #expect(port.node == "/dev/bus/usb/001/012")
        #expect(port.kind == "0fcf:1008")
        #expect(USBPort(path: "1-1", vendor: 0xA, product: 0xB).kind == "000a:000b")
    }

    @Test("What the kernel and libusb say is sorted by what helps")
    func errors() {
        let node = "/dev/bus/usb/001/002"
        #expect(USBError(errno: ENOENT, node: node) == .gone)
        #expect(USBError(errno: ENODEV, node: node) == .gone)
        #expect(USBError(errno: EACCES, node: node) == .denied(node: node))
        #expect(USBError(errno: EROFS, node: node) == .denied(node: node))
        #expect(USBError(errno: EBUSY, node: node) == .busy(driver: nil))
        #expect(USBError(errno: EPROTO, node: node) == .io(EPROTO))
        #expect(USBError(libusb: -4, node: node) == .gone)
        #expect(USBError(libusb: -3, node: node) == .denied(node: node))
        #expect(USBError(libusb: -6, node: node) == .busy(driver: nil))
        #expect(USBError(libusb: -9, node: node) == .stalled)
        #expect(USBError(libusb: -7, node: node) == .timedOut)
        #expect(USBError(libusb: -99, node: node) == .io(EIO))
    }

    @Test("A device that is not there is gone, to whatever is asked of it")
    func gone() async {
        let ending = await withCheckedContinuation { (continuation: CheckedContinuation<String, Never>) in
            Task { @Reactor in
                let device = USBDevice(Self.nowhere) { event in
                    guard case .closed(let error) = event else { return }
                    continuation.resume(returning: "\(error)")
                }
                device.open()
                #expect(!device.isOpen)
                #expect(!device.send([0]))
            }
        }
        #expect(ending == "\(USBError.gone)")
        #expect(await USBDevice.reset(Self.nowhere) == .gone)
        guard case .unsupported = await USBDevice.cyclePower(Self.nowhere) else {
            Issue.record("there is no such socket")
            return
        }
    }

    @Test("A device closed while it opens tells nothing more, and closing returns")
    func closeWhileOpening() async {
        let events = await Task { @Reactor in
            var events = 0
            let device = USBDevice(Self.nowhere) { _ in events += 1 }
            device.open()
            await device.close()
            await device.close()
            return events
        }.value
        #expect(events == 0)
    }

    @Test("Watching the bus needs neither udev nor a bus")
    func monitor() async {
        await Task { @Reactor in
            // No device has this vendor.
            let monitor = USBMonitor(vendor: 0xFFFF) { _ in Issue.record("a device of nobody") }
            monitor.start()
            monitor.start()
            monitor.look()
            #expect(monitor.ports.isEmpty)
            monitor.stop()
            monitor.stop()
        }.value
    }

    @Test("The udev rule gives sticks to the service's group and to nobody else")
    func rule() throws {
        let top = URL(fileURLWithPath: #filePath).appendingPathComponent("../../../..").standardizedFileURL
        let text = try String(
            contentsOf: top.appendingPathComponent("udev/60-touchline.rules"),
            encoding: .utf8
        )
        let lines = text.split(separator: "\n").filter { !$0.hasPrefix("#") }
        #expect(lines.contains(#"GROUP="touchline", MODE="0660""#))
        #expect(lines.contains(#"ENV{ID_MM_DEVICE_IGNORE}="1""#))
        #expect(lines.contains { $0.contains(#"ATTR{power/control}="on""#) })
        #expect(lines.contains(#"ATTR{idProduct}!="1008|1009", GOTO="touchline_end""#))
        for forbidden in ["0666", "0664", "0667", "uaccess", "RUN", "PROGRAM", "plugdev"] {
            #expect(!lines.contains { $0.contains(forbidden) }, "\(forbidden)")
        }
        // Every MODE that is set keeps others out.
        let modes = text.matches(of: /MODE\s*[:+]?=\s*"(\d+)"/).map { String($0.1) }
        #expect(modes == ["0660"])
        // Every jump has its end.
        #expect(lines.last == #"LABEL="touchline_end""#)
    }
}
