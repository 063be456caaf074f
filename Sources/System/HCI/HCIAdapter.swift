internal import CHCI
internal import Glibc

/// A Bluetooth adapter, as the kernel lists it.
public struct HCIAdapter: Hashable, Sendable {
    /// The kernel's number: 0 of `hci0`. May be another one after a replug.
    public var number: UInt16
    /// 48 bits, the first octet of the text form on top; all zero while the kernel does not know it.
    public var address: UInt64
    /// Whether it is switched on.
    public var isUp: Bool

    public init(number: UInt16, address: UInt64, isUp: Bool) {
        (self.number, self.address, self.isUp) = (number, address, isUp)
    }

    public var name: String { "hci\(number)" }
}

/// The way to the adapters: the kernel's, or that of a test.
public struct HCIBus: Sendable {
    public var adapters: @Sendable () throws(HCIError) -> [HCIAdapter]
    public var open: @Sendable (HCIAdapter) throws(HCIError) -> HCISocket

    public init(
        adapters: @escaping @Sendable () throws(HCIError) -> [HCIAdapter],
        open: @escaping @Sendable (HCIAdapter) throws(HCIError) -> HCISocket
    ) {
        (self.adapters, self.open) = (adapters, open)
    }

    /// The adapters of this machine.
    public static let kernel = HCIBus(
        adapters: { () throws(HCIError) in try list() },
        open: { adapter throws(HCIError) in try HCISocket(adapter) }
    )

    /// - Source: the kernel's `net/bluetooth/hci_sock.c`, HCIGETDEVLIST and HCIGETDEVINFO.
    private static func list() throws(HCIError) -> [HCIAdapter] {
        let descriptor = try HCISocket.make()
        defer { close(descriptor) }
        var found = [hci_dev_info](repeating: hci_dev_info(), count: Int(HCI_MAX_DEV))
        let count = hci_list_adapters(descriptor, &found, HCI_MAX_DEV)
        guard count >= 0 else { throw HCIError(code: errno) }
        return found.prefix(Int(count)).map { adapter in
            let address = withUnsafeBytes(of: adapter.bdaddr) { bytes in
                (0..<6).reduce(UInt64(0)) { $0 | UInt64(bytes[$1]) << (8 * UInt64($1)) }
            }
            // HCI_UP is bit 0.
            return HCIAdapter(number: adapter.dev_id, address: address, isUp: adapter.flags & 1 != 0)
        }
    }
}
