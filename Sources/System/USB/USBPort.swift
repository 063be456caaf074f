internal import Glibc

/// A device on the bus, as sysfs shows it.
///
/// Its ``path`` names the socket that it is plugged into and stays the same when it returns; its ``number``
/// changes each time.
public struct USBPort: Hashable, Sendable {
    /// Bus and ports from the root hub on, such as `1-1.4`; also the directory's name in sysfs.
    public let path: String
    public let vendor: UInt16
    public let product: UInt16
    /// What the device says, of printable ASCII, at most 64 characters; `nil` when it says nothing.
    public let serial: String?
    /// The device's own name of itself.
    public let name: String?
    public let bus: Int
    /// The number on the bus that this attachment got.
    public let number: Int
    /// The driver that has the first interface, such as `usb_serial_simple`; `usbfs` is another program.
    public let driver: String?

    public init(
        path: String,
        vendor: UInt16,
        product: UInt16,
        serial: String? = nil,
        name: String? = nil,
        bus: Int = 0,
        number: Int = 0,
        driver: String? = nil
    ) {
        (self.path, self.vendor, self.product) = (path, vendor, product)
        (self.serial, self.name, self.bus, self.number) = (serial, name, bus, number)
        self.driver = driver
    }

    /// The file through which programs use the device.
    public var node: String { "/dev/bus/usb/\(Self.padded(bus))/\(Self.padded(number))" }

    /// Whether `other` is the same device in the same socket, be it after another attachment.
    public func isSameDevice(as other: USBPort) -> Bool {
        (path, vendor, product, serial) == (other.path, other.vendor, other.product, other.serial)
    }

    /// Vendor and product as lsusb(8) writes them: `0fcf:1008`.
    public var kind: String { "\(Self.hex(vendor)):\(Self.hex(product))" }

    private static func padded(_ number: Int) -> String {
        let text = String(number)
        return String(repeating: "0", count: max(0, 3 - text.utf8.count)) + text
    }

    private static func hex(_ number: UInt16) -> String {
        let text = String(number, radix: 16)
        return String(repeating: "0", count: 4 - text.utf8.count) + text
    }
}

extension USBPort {
    static let devices = "/sys/bus/usb/devices/"

    /// Reads what is plugged in at `path` now; `nil` when nothing is, or when it is no device.
    init?(path: String) {
        let directory = Self.devices + path
        guard Self.isPath(path),
            let vendor = Self.attribute("idVendor", of: directory).flatMap({ UInt16($0, radix: 16) }),
            let product = Self.attribute("idProduct", of: directory).flatMap({ UInt16($0, radix: 16) }),
            let bus = Self.attribute("busnum", of: directory).flatMap({ Int($0) }),
            let number = Self.attribute("devnum", of: directory).flatMap({ Int($0) }),
            (0...999).contains(bus), (0...999).contains(number)
        else { return nil }
        self.init(
            path: path,
            vendor: vendor,
            product: product,
            serial: Self.attribute("serial", of: directory),
            name: Self.attribute("product", of: directory),
            bus: bus,
            number: number,
            driver: Self.driver(of: path)
        )
    }

    /// The driver of the first interface of the first configuration.
    static func driver(of path: String) -> String? {
        var target = [UInt8](repeating: 0, count: 256)
        let count = readlink("\(devices)\(path):1.0/driver", &target, target.count)
        guard count > 0 else { return nil }
        let name = target.prefix(count).split(separator: UInt8(ascii: "/")).last
        return name.map { String(decoding: $0, as: UTF8.self) }
    }

    /// The file that switches the power of the socket, where the kernel (6.0 and later) and the hub have it:
    /// `port4` of hub `1-1` for `1-1.4`, of the root hub `1-0` for `1-4`.
    ///
    /// - Source: Documentation/ABI/testing/sysfs-bus-usb of Linux.
    static func powerSwitch(of path: String) -> String? {
        guard isPath(path) else { return nil }
        if let dot = path.lastIndex(of: ".") {
            let hub = path[..<dot]
            return "\(devices)\(hub):1.0/\(hub)-port\(path[path.index(after: dot)...])/disable"
        }
        let parts = path.split(separator: "-")
        return "\(devices)\(parts[0])-0:1.0/usb\(parts[0])-port\(parts[1])/disable"
    }

    /// Whether `path` is a bus and ports: digits, one hyphen, digits joined by dots.
    static func isPath(_ path: String) -> Bool {
        let parts = path.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 2, path.utf8.count <= 32 else { return false }
        return ([parts[0]] + parts[1].split(separator: ".", omittingEmptySubsequences: false)).allSatisfy {
            !$0.isEmpty && $0.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        }
    }

    /// An attribute in sysfs: its text as far as it is printable ASCII; `nil` when there is none.
    private static func attribute(_ name: String, of directory: String) -> String? {
        let descriptor = open("\(directory)/\(name)", O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: 256)
        let count = read(descriptor, &bytes, bytes.count)
        return count > 0 ? text(bytes.prefix(count)) : nil
    }

    /// What a device says of itself goes into logs and files: printable ASCII, at most 64 characters.
    static func text(_ bytes: some Collection<UInt8>) -> String? {
        var text = String(decoding: bytes.filter { (0x20...0x7E).contains($0) }.prefix(64), as: UTF8.self)[
            ...
        ]
        while text.first == " " { text.removeFirst() }
        while text.last == " " { text.removeLast() }
        return text.isEmpty ? nil : String(text)
    }
}
