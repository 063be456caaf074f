public import Wire

/// What goes over the socket between `touchline-hci`, which may use the radio, and `touchlined`, which may
/// not. One packet of a SOCK_SEQPACKET socket each; numbers are little-endian, addresses as the controller
/// gives them, last octet of the text form first.
///
///     report     version   01   address type   strength   adapter   sensor   time   AD structures
///                u8        u8   u8             i8         6         6        i64    0...229
///     status     version   02   state   failure   adapter   0   heard   dropped   rearmed
///                u8        u8   u8      u8        6         6   u64     u64       u64
///     filter     version   03   companies   services   company ids   service UUIDs
///                u8        u8   u8          u8         2 each        2 each
///
/// - version: 1. Packets of another version, and kinds that are not known, are ignored.
/// - report, from the helper: one advertisement. address type 0...3; strength in dBm, 127 = not known; time
///   in nanoseconds of CLOCK_BOOTTIME, when it was read from the adapter.
/// - status, from the helper, at the start, when it changes, and every second: how an adapter is. state as in
///   ``Listener/State``; failure as in ``RelayPacket/Failure``; the adapter 0 stands for "none that can be
///   used". heard: reports of this adapter, passed on or not; dropped: of all reports for this connection,
///   those that the daemon was too slow for; rearmed: times at which the scan was set up again.
/// - filter, from the daemon: what to pass on from now on, see ``AdvertisementFilter``. Without one:
///   everything.
public enum RelayPacket: Hashable, Sendable {
    case report(Report)
    case status(Status)
    case filter(AdvertisementFilter)

    public struct Report: Hashable, Sendable {
        /// Addresses: 48 bits, the first octet of the text form on top.
        public var adapter: UInt64
        public var time: Instant
        public var advertising: AdvertisingReport

        public init(adapter: UInt64, time: Instant, advertising: AdvertisingReport) {
            (self.adapter, self.time, self.advertising) = (adapter, time, advertising)
        }
    }

    public struct Status: Hashable, Sendable {
        public var adapter: UInt64
        public var state: Listener.State
        public var failure: Failure
        public var heard: UInt64 = 0
        public var dropped: UInt64 = 0
        public var rearmed: UInt64 = 0

        public init(adapter: UInt64, state: Listener.State, failure: Failure = .none) {
            (self.adapter, self.state, self.failure) = (adapter, state, failure)
        }
    }

    /// Why nothing is heard.
    public enum Failure: UInt8, Hashable, Sendable, CaseIterable {
        case none = 0
        /// The kernel has no Bluetooth.
        case unsupported = 1
        /// The helper lacks its capabilities.
        case denied = 2
        /// There is no adapter, or all are switched off.
        case absent = 3
        case other = 4
    }

    /// The longest packet: a report whose advertisement fills a payload.
    public static let maximumBytes = headBytes + Payload.capacity

    private static let version: UInt8 = 1
    private static let headBytes = 24
    private static let statusBytes = 40
    private static let unknownStrength: Int8 = 127

    // MARK: Writing

    public var bytes: [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(Self.maximumBytes)
        write(to: &bytes)
        return bytes
    }

    /// Replaces what is in `bytes`; allocates nothing when they have room for ``maximumBytes``.
    public func write(to bytes: inout [UInt8]) {
        bytes.removeAll(keepingCapacity: true)
        bytes.append(Self.version)
        switch self {
        case .report(let report):
            let advertising = report.advertising
            bytes.append(1)
            bytes.append(advertising.addressType.rawValue)
            bytes.append(UInt8(bitPattern: advertising.strength ?? Self.unknownStrength))
            Self.append(report.adapter, 6, to: &bytes)
            Self.append(advertising.address, 6, to: &bytes)
            Self.append(UInt64(bitPattern: report.time.nanoseconds), 8, to: &bytes)
            advertising.data.withBytes { bytes.append(contentsOf: $0) }
        case .status(let status):
            bytes.append(2)
            bytes.append(status.state.rawValue)
            bytes.append(status.failure.rawValue)
            Self.append(status.adapter, 6, to: &bytes)
            Self.append(0, 6, to: &bytes)
            for number in [status.heard, status.dropped, status.rearmed] {
                Self.append(number, 8, to: &bytes)
            }
        case .filter(let filter):
            bytes.append(3)
            bytes.append(UInt8(filter.companies.count))
            bytes.append(UInt8(filter.services.count))
            for id in filter.companies + filter.services { Self.append(UInt64(id), 2, to: &bytes) }
        }
    }

    private static func append(_ number: UInt64, _ count: Int, to bytes: inout [UInt8]) {
        for index in 0..<count { bytes.append(UInt8(truncatingIfNeeded: number >> (8 * UInt64(index)))) }
    }

    // MARK: Reading

    /// Reads one packet; `nil` when it is none of this version, or is cut. Allocates nothing for a report.
    public init?(_ bytes: UnsafeRawBufferPointer) {
        guard bytes.count >= 4, bytes[0] == Self.version else { return nil }
        switch bytes[1] {
        case 1: self.init(report: bytes)
        case 2: self.init(status: bytes)
        case 3: self.init(filter: bytes)
        default: return nil
        }
    }

    private init?(report bytes: UnsafeRawBufferPointer) {
        guard bytes.count >= Self.headBytes,
            let type = AdvertisingReport.AddressType(rawValue: bytes[2]),
            let data = Payload(bytes[Self.headBytes...])
        else { return nil }
        let strength = Int8(bitPattern: bytes[3])
        self = .report(
            Report(
                adapter: Self.number(bytes, 4, 6),
                time: Instant(nanoseconds: Int64(bitPattern: Self.number(bytes, 16, 8))),
                advertising: AdvertisingReport(
                    address: Self.number(bytes, 10, 6),
                    addressType: type,
                    strength: strength == Self.unknownStrength ? nil : strength,
                    data: data
                )
            )
        )
    }

    private init?(status bytes: UnsafeRawBufferPointer) {
        guard bytes.count >= Self.statusBytes, let state = Listener.State(rawValue: bytes[2]) else {
            return nil
        }
        var status = Status(
            adapter: Self.number(bytes, 4, 6),
            state: state,
            failure: Failure(rawValue: bytes[3]) ?? .other
        )
        status.heard = Self.number(bytes, 16, 8)
        status.dropped = Self.number(bytes, 24, 8)
        status.rearmed = Self.number(bytes, 32, 8)
        self = .status(status)
    }

    private init?(filter bytes: UnsafeRawBufferPointer) {
        let (companies, services) = (Int(bytes[2]), Int(bytes[3]))
        guard companies <= AdvertisementFilter.maximum, services <= AdvertisementFilter.maximum,
            bytes.count >= 4 + 2 * (companies + services)
        else { return nil }
        let ids = (0..<companies + services).map { UInt16(Self.number(bytes, 4 + 2 * $0, 2)) }
        self = .filter(
            AdvertisementFilter(
                companies: Array(ids.prefix(companies)),
                services: Array(ids.dropFirst(companies))
            )
        )
    }

    private static func number(_ bytes: UnsafeRawBufferPointer, _ start: Int, _ count: Int) -> UInt64 {
        (0..<count).reduce(0) { $0 | UInt64(bytes[start + $1]) << (8 * UInt64($1)) }
    }
}
