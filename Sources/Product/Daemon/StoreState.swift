import Messages
import Store
import Wire

/// What the store last said of itself.
struct StoreState {
    /// Why it takes nothing at the moment; `nil` while it works.
    var failure: StoreError?
    private(set) var identity: StreamIdentity?
    /// The position of the next message, and the first that still waits for an anchor.
    private(set) var next: UInt64 = 1
    private(set) var deliverable: UInt64 = 1
    private(set) var oldest: UInt64 = 1
    /// The size of its files.
    private(set) var bytes: UInt64 = 0
    private(set) var withdrawn: UInt64 = 0
    /// Whether the last stop was not clean, so that a look at everything is due.
    private(set) var needsCheck = false
    private var cursors: [String: UInt64] = [:]

    mutating func take(_ opening: Opening) {
        (failure, identity) = (nil, opening.identity)
        (next, deliverable, oldest) = (opening.next, opening.deliverable, opening.oldest)
        (cursors, needsCheck) = (opening.cursors, !opening.wasClean)
    }

    mutating func take(_ receipt: Receipt) {
        failure = nil
        (next, deliverable, oldest) = (receipt.next, receipt.deliverable, receipt.oldest)
        bytes = receipt.bytes
        withdrawn += receipt.withdrawn
    }

    /// Where an uplink goes on: everything below is acknowledged.
    func cursor(of uplink: String) -> UInt64 { (cursors[uplink] ?? oldest - 1) + 1 }
}

extension StoreIncident.StreamReason {
    /// As events and the journal write it.
    var name: String {
        switch self {
        case .created: "created"
        case .otherMachine: "other_machine"
        case .otherGateway: "other_gateway"
        case .setAside: "set_aside"
        }
    }
}
