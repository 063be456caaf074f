public import Wire

/// Finds peripherals, keeps links to those that are wanted, and passes their values on: the central role,
/// with bluetoothd as the radio's owner.
///
/// A value without a bus or a clock: what bluetoothd tells goes in as ``Event``s, what to ask of it comes out
/// as ``Command``s. All state follows from events; the tree of objects is asked for once after bluetoothd
/// appeared, never again while it runs.
///
/// - One peripheral is connected at a time on each adapter, with discovery off meanwhile: bluetoothd hangs or
///   aborts otherwise. The services of up to three are found while the next one is connected.
/// - A link is well when values come, whatever its flags say.
/// - Every call has an end, answered or not. Nothing here gives up for good.
///
/// - Source: the project's gateway reference, section 3, and its lab notes on how bluetoothd 5.66 behaves.
public struct Central: Sendable {
    public enum Event: Hashable, Sendable {
        /// bluetoothd is on the bus, or has left it.
        case appeared, vanished
        case object(path: String, Facts)
        case removed(path: String)
        case reply(CallID, Reply)
        /// The socket of a subscription was closed by bluetoothd.
        case ended(Subscription)
    }

    public enum Command: Hashable, Sendable {
        /// Answer with ``Event/reply(_:_:)``; an answer that comes too late is ignored.
        case call(CallID, Call)
        /// Close the socket of a subscription, if it has one.
        case release(Subscription)
        /// bluetoothd does not answer any more.
        case restartService
        /// The adapter's USB device has to be reset.
        case resetAdapter(path: String, address: String)
        case log(Notability, String)
        /// A sensor says what it is called.
        case named(SensorID, String)
    }

    public enum Notability: Hashable, Sendable { case info, warning }

    public internal(set) var interest: Interest
    public internal(set) var adapters: [Adapter] = []
    public internal(set) var peripherals: [Peripheral] = []
    /// What there is to do, oldest first.
    public internal(set) var commands: [Command] = []
    /// Frames that events brought, oldest first; whoever feeds the central takes them.
    public internal(set) var frames: [Frame] = []

    /// More peripherals of interest than any hall holds.
    static let peripheralsMaximum = 512

    /// Roles that the configuration gives, by address.
    var roles: [String: Role]
    /// Whether advertisements are wanted all the time, through bluetoothd's discovery.
    var hearsBroadcasts: Bool
    var service = Service.absent
    /// Of bluetoothd, once it is known.
    public internal(set) var version: ServiceVersion?
    var adapterIndex: [String: Int] = [:]
    var peripheralIndex: [SensorID: Int] = [:]
    /// Characteristics of linked devices, by path.
    var characteristics: [String: CharacteristicFacts] = [:]
    var pending: [Pending] = []
    var subscriptions: [Subscription: (peripheral: Int, planned: Int)] = [:]
    var nextCall: UInt64 = 1
    var nextSubscription: UInt32 = 1
    var nextTick: Instant
    /// Calls in a row that got no answer although they ask for little.
    var unanswered = 0
    var lastRestart: Instant?

    enum Service: Hashable, Sendable {
        case absent
        /// The tree of objects is on its way.
        case listing
        case present
        /// It is on the bus and answers nothing.
        case hung(probe: Instant)
    }

    struct Pending: Sendable {
        let id: CallID
        let call: Call
        let deadline: Instant
        let adapter: Int?
        let peripheral: Int?
    }

    /// - Parameters:
    ///   - interest: What is wanted.
    ///   - roles: Which adapter, by address, does what; others are given a role.
    ///   - hearsBroadcasts: Whether adapters that scan do so all the time.
    ///   - time: Now.
    public init(interest: Interest, roles: [String: Role] = [:], hearsBroadcasts: Bool, at time: Instant) {
        (self.interest, self.roles, self.hearsBroadcasts) = (interest, roles, hearsBroadcasts)
        nextTick = time + .second
    }

    /// Whether bluetoothd is there, answering or not.
    public var isServed: Bool { service != .absent }

    /// When ``advance(to:)`` is due next; `nil` while bluetoothd is away.
    public var nextWake: Instant? {
        guard service != .absent else { return nil }
        return pending.map(\.deadline).min().map { min($0, nextTick) } ?? nextTick
    }

    /// Hands over what there is to do. `buffer` is emptied and changes places with ``commands``.
    public mutating func takeCommands(into buffer: inout [Command]) {
        buffer.removeAll(keepingCapacity: true)
        swap(&buffer, &commands)
    }

    /// Hands over the frames that events brought.
    public mutating func takeFrames(into buffer: inout [Frame]) {
        buffer.removeAll(keepingCapacity: true)
        swap(&buffer, &frames)
    }

    /// Takes over what is wanted from now on; links that are not wanted any more are closed.
    public mutating func apply(
        _ interest: Interest,
        roles: [String: Role],
        hearsBroadcasts: Bool,
        at time: Instant
    ) {
        (self.interest, self.hearsBroadcasts) = (interest, hearsBroadcasts)
        if roles != self.roles {
            self.roles = roles
            giveRoles()
        }
        for index in peripherals.indices where peripherals[index].adapter != nil && !isWanted(index) {
            close(index, at: time)
        }
        step(at: time)
    }

    func isWanted(_ index: Int) -> Bool {
        interest.wants(peripherals[index].sensor, services: peripherals[index].services)
    }

    // MARK: Events

    public mutating func handle(_ event: Event, at time: Instant) {
        switch event {
        case .appeared: begin(at: time)
        case .vanished: end("bluetoothd left the bus", at: time)
        case .object(let path, let facts): take(facts, of: path, at: time)
        case .removed(let path): remove(path, at: time)
        case .reply(let id, let reply):
            guard let index = pending.firstIndex(where: { $0.id == id }) else { return }
            unanswered = 0
            settle(pending.remove(at: index), reply, at: time)
        case .ended(let subscription): subscriptionEnded(subscription, at: time)
        }
        step(at: time)
    }

    /// A value came over a subscription.
    ///
    /// - Parameters:
    ///   - subscription: Which.
    ///   - payload: The value.
    ///   - time: When it arrived.
    /// - Returns: The frame for the engine, or `nil` when the subscription is over.
    public mutating func receive(_ subscription: Subscription, _ payload: Payload, at time: Instant) -> Frame?
    {
        guard let (index, planned) = subscriptions[subscription] else { return nil }
        peripherals[index].plan[planned].lastValue = time
        peripherals[index].plan[planned].isRearmed = false
        peripherals[index].stallPatience = Peripheral.stallPatienceMinimum
        return frame(of: index, peripherals[index].plan[planned].interest.uuid, payload, at: time)
    }

    func frame(of index: Int, _ uuid: AttributeUUID, _ payload: Payload, at time: Instant) -> Frame? {
        guard let adapter = peripherals[index].adapter, let source = adapters[adapter].source else {
            return nil
        }
        return Frame(
            time: time,
            source: source,
            sensor: peripherals[index].sensor,
            channel: .characteristic(uuid),
            payload: payload
        )
    }

    /// It is `now`: ends what took too long, and looks after links and adapters once a second.
    public mutating func advance(to now: Instant) {
        guard service != .absent else { return }
        while let index = pending.firstIndex(where: { $0.deadline <= now }) {
            let call = pending.remove(at: index)
            if case .connect = call.call {} else { unanswered += 1 }
            settle(call, .failed(.timeout), at: now)
        }
        if now >= nextTick {
            nextTick = now + .second
            watchService(at: now)
            for index in peripherals.indices { watch(index, at: now) }
            for index in adapters.indices { watchAdapter(index, at: now) }
        }
        step(at: now)
    }

    // MARK: Calls

    mutating func ask(_ call: Call, adapter: Int? = nil, peripheral: Int? = nil, at time: Instant) {
        let id = CallID(rawValue: nextCall)
        nextCall += 1
        pending.append(
            Pending(
                id: id,
                call: call,
                deadline: time + call.patience,
                adapter: adapter,
                peripheral: peripheral
            )
        )
        commands.append(.call(id, call))
    }

    /// Whether an answer to this call still counts.
    public func isWaiting(for id: CallID) -> Bool { pending.contains { $0.id == id } }

    func isAsked(_ matches: (Call) -> Bool) -> Bool { pending.contains { matches($0.call) } }

    mutating func log(_ notability: Notability, _ text: String) { commands.append(.log(notability, text)) }
}
