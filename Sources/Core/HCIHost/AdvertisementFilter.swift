public import Wire

/// Which advertisements are worth passing on: those with manufacturer data of certain companies, or with
/// service data of certain services. A hall is full of telephones that nobody measures with.
public struct AdvertisementFilter: Hashable, Sendable {
    /// Company ids and 16-bit service UUIDs, at most ``maximum`` of each; empty both: everything passes.
    public private(set) var companies: [UInt16]
    public private(set) var services: [UInt16]

    /// Chosen: more than the registry of profiles has.
    public static let maximum = 64

    private static let serviceData: UInt8 = 0x16

    /// - Parameters:
    ///   - companies: Company ids; what is beyond ``maximum`` is left out.
    ///   - services: 16-bit UUIDs of service data; likewise.
    public init(companies: [UInt16] = [], services: [UInt16] = []) {
        self.companies = Array(companies.prefix(Self.maximum))
        self.services = Array(services.prefix(Self.maximum))
    }

    /// Whether an advertisement with these AD structures passes. Allocates nothing.
    public func passes(_ data: Payload) -> Bool {
        guard !companies.isEmpty || !services.isEmpty else { return true }
        for structure in AdvertisingStructures(data) where structure.data.count >= 2 {
            let start = structure.data.lowerBound
            let id = UInt16(data[start]) | UInt16(data[start + 1]) << 8
            switch structure.type {
            case AdvertisingStructure.manufacturerData where companies.contains(id): return true
            case Self.serviceData where services.contains(id): return true
            default: continue
            }
        }
        return false
    }
}
