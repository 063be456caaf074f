public import Wire

/// What the gateway wants to have from peripherals.
public struct Interest: Hashable, Sendable {
    /// A characteristic whose values are wanted.
    public struct Characteristic: Hashable, Sendable {
        public var uuid: AttributeUUID
        /// How many values a second to expect at the least; 0 when they come on change or on request only.
        public var rate: Double
        /// Whether it is read once, when the link is new.
        public var isRead: Bool

        public init(uuid: AttributeUUID, rate: Double = 0, isRead: Bool = false) {
            (self.uuid, self.rate, self.isRead) = (uuid, rate, isRead)
        }
    }

    /// Which peripherals are connected to.
    public enum Policy: Hashable, Sendable {
        /// Those of ``wanted``.
        case assigned
        /// Those of ``allowed``.
        case allowed
        /// All with a service of ``services``, and of ``allowed`` if that is not empty.
        case all
        case none
    }

    /// A peripheral that advertises one of these is of interest.
    public var services: [AttributeUUID] = []
    public var characteristics: [Characteristic] = []
    public var policy = Policy.assigned
    public var wanted: Set<SensorID> = []
    public var allowed: Set<SensorID> = []
    /// Whether a peripheral that insists on it is paired with.
    public var allowsPairing = false

    public init() {}

    func wants(_ sensor: SensorID, services: [AttributeUUID]) -> Bool {
        switch policy {
        case .assigned: wanted.contains(sensor)
        case .allowed: allowed.contains(sensor)
        case .all:
            (allowed.isEmpty || allowed.contains(sensor)) && services.contains { self.services.contains($0) }
        case .none: false
        }
    }

    func characteristic(_ uuid: AttributeUUID) -> Characteristic? {
        characteristics.first { $0.uuid == uuid }
    }
}

/// What an adapter is used for.
public enum Role: Hashable, Sendable {
    case scan, link, both

    var links: Bool { self != .scan }
    var scans: Bool { self != .link }
}
