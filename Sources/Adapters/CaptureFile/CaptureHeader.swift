public import Messages
public import Wire

/// The radios of a capture: names such as `ant0`, each with the index that frames carry.
public struct SourceTable: Hashable, Sendable {
    public struct Source: Hashable, Sendable {
        public var name: String
        /// Of an ANT stick.
        public var serial: String?
        /// Of a Bluetooth adapter.
        public var address: String?

        public init(name: String, serial: String? = nil, address: String? = nil) {
            (self.name, self.serial, self.address) = (name, serial, address)
        }
    }

    /// An index is a byte, and 255 stays free for "none".
    public static let countMaximum = 255

    /// In the order of their indices.
    public private(set) var sources: [Source] = []

    public init() {}

    /// The source with this index, or `nil`.
    public subscript(index: SourceIndex) -> Source? {
        Int(index.rawValue) < sources.count ? sources[Int(index.rawValue)] : nil
    }

    public func index(of name: String) -> SourceIndex? {
        sources.firstIndex { $0.name == name }.map { SourceIndex(UInt8($0)) }
    }

    /// Adds a source, or replaces the one of this name, and returns its index; `nil` when the table is full.
    @discardableResult
    public mutating func add(_ source: Source) -> SourceIndex? {
        if let index = index(of: source.name) {
            sources[Int(index.rawValue)] = source
            return index
        }
        guard sources.count < Self.countMaximum else { return nil }
        sources.append(source)
        return SourceIndex(UInt8(sources.count - 1))
    }

    /// The index of a name given as bytes. Allocates nothing.
    func index(ofBytes name: UnsafeRawBufferPointer) -> SourceIndex? {
        sources.firstIndex { source in
            source.name.utf8.count == name.count && source.name.utf8.elementsEqual(name)
        }
        .map { SourceIndex(UInt8($0)) }
    }
}

/// An athlete as the roster of a capture names them.
public struct CapturedAthlete: Hashable, Sendable {
    public var id: String
    /// As text, because a sensor may be an API client.
    public var sensors: [String]
    public var maxHeartRate: Int?

    public init(id: String, sensors: [String], maxHeartRate: Int? = nil) {
        (self.id, self.sensors, self.maxHeartRate) = (id, sensors, maxHeartRate)
    }
}

/// The first line of a capture: whose it is, and how its times relate to UTC.
public struct CaptureHeader: Hashable, Sendable {
    public var gateway: String
    public var boot: BootID
    /// A moment on the capture's monotonic clock …
    public var time: Instant
    /// … and UTC at that moment, nanoseconds since 1970; `nil` where it is not known.
    public var realtime: Nanoseconds?
    public var clock: ClockClass
    public var sources: SourceTable
    public var roster: [CapturedAthlete]
    /// What the operator said about sensors when the capture began, so that a replay gives the same rows.
    public var settings: [SensorID: SensorSettings] = [:]
    /// What a reader must know about the data, such as that it is synthetic.
    public var note: String?

    public init(
        gateway: String,
        boot: BootID,
        time: Instant,
        realtime: Nanoseconds?,
        clock: ClockClass,
        sources: SourceTable = SourceTable(),
        roster: [CapturedAthlete] = [],
        note: String? = nil
    ) {
        (self.gateway, self.boot, self.time, self.realtime) = (gateway, boot, time, realtime)
        (self.clock, self.sources, self.roster, self.note) = (clock, sources, roster, note)
    }
}
