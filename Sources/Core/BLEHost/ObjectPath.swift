internal import Wire

/// What the path of a bluetoothd object says: `/org/bluez/hci0/dev_C0_FF_EE_00_00_01/service000a/char000b`.
struct ObjectPath: Hashable, Sendable {
    /// The path of the adapter.
    let adapter: String
    /// The path of the device and its address, below an adapter.
    let device: (path: String, address: UInt64)?

    init?(_ path: String) {
        let parts = path.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count >= 4, parts[0].isEmpty, !parts[3].isEmpty else { return nil }
        adapter = parts[0...3].joined(separator: "/")
        guard parts.count > 4 else {
            device = nil
            return
        }
        guard parts[4].hasPrefix("dev_") else { return nil }
        let digits = parts[4].dropFirst(4).utf8.filter { $0 != UInt8(ascii: "_") }
        guard digits.count == 12, let octets = Hex.bytes(digits) else { return nil }
        device = (parts[0...4].joined(separator: "/"), octets.reduce(0) { $0 << 8 | UInt64($1) })
    }

    static func == (lhs: Self, rhs: Self) -> Bool {
        lhs.adapter == rhs.adapter && lhs.device?.path == rhs.device?.path
    }

    func hash(into hasher: inout Hasher) {
        hasher.combine(adapter)
        hasher.combine(device?.path)
    }
}
