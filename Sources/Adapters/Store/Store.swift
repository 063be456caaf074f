public import Messages
public import Reactor
internal import SQLite
public import Wire

/// Keeps every durable message until every uplink has acknowledged it and its retention has passed.
///
/// The only place that opens SQLite, on a thread of its own: an fsync of five seconds must not cost one
/// frame. The engine hands over drafts and cursors once per commit interval and reads what it sends.
///
///     let store = Store(directory: path, options: options)
///     let opening = try await store.open(uplinks: ["mqtt"])
///     let receipt = try await store.commit(drafts, cursors: [:], anchor: anchor, nowUTC: now)
///     let messages = try await store.load(from: opening.oldest, count: 20, bytes: 100_000)
///
/// Nothing here stops the gateway. A store that is damaged or newer is set aside, never deleted, and
/// a new one begins; after a failure of the disk the next call opens the store again. Whatever a call throws,
/// it changed nothing that was committed, and the caller keeps its drafts. A commit that failed at its last
/// step may yet be on the disk: the store remembers it, and does not store the same drafts twice.
public actor Store {
    private nonisolated let thread: SerialThread
    public nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }

    private let directory: StoreDirectory
    private var options: StoreOptions
    private var lock: DirectoryLock?
    private var database: Database?
    /// The configured uplinks; `nil` until ``open(uplinks:)``, and again after ``close()``.
    private var uplinks: [String]?
    /// Where a store begins that has to be made while this one runs.
    private var first: UInt64 = 1
    /// Drafts of a commit whose end is not known, and the position of the first of them.
    private var doubt: (first: UInt64, drafts: [MessageDraft])?
    /// Set aside while the store ran; told when the next one opens.
    private var setAside: [StoreIncident] = []
    /// For the next receipt. At most ``incidentsMaximum``.
    private var incidents: [StoreIncident] = []
    private var reopened: Opening?
    /// Where the check after an unclean stop goes on, and where it ends.
    private var check: (from: UInt64, end: UInt64)?

    /// A rotten disk has more to tell than anyone reads.
    private static let incidentsMaximum = 64

    /// The store lives on `thread` and blocks there.
    public init(
        directory: String,
        options: StoreOptions,
        thread: SerialThread = SerialThread(named: "store")
    ) {
        (self.directory, self.options, self.thread) = (StoreDirectory(path: directory), options, thread)
    }

    /// Takes over other bounds: size, reserve and retention. What it belongs to stays.
    public func apply(_ options: StoreOptions) {
        (self.options.maxBytes, self.options.reserveBytes) = (options.maxBytes, options.reserveBytes)
        self.options.retention = options.retention
        database?.options = self.options
    }

    /// Opens the store, or the new one that takes its place. Again with other uplinks after a reload.
    ///
    /// - Parameter uplinks: The names that are configured. Others hold nothing back.
    /// - Returns: What was found, and what happened on the way.
    /// - Throws: ``StoreError/locked(holder:)`` when another daemon runs; what else stands in the way
    ///   may pass, and every later call tries again.
    public func open(uplinks: [String]) throws(StoreError) -> Opening {
        self.uplinks = uplinks
        guard database != nil else {
            let opening = try openDatabase(uplinks: uplinks)
            reopened = nil
            return opening
        }
        return try perform { database throws(SQLiteError) in
            _ = try database.begin(uplinks: uplinks)
            return try database.opening(uplinks: uplinks, wasClean: true, incidents: [])
        }
    }

    /// Makes drafts real, in one transaction: positions and numbers, all on the disk when this returns.
    ///
    /// - Parameters:
    ///   - drafts: In order. May be empty.
    ///   - cursors: The newest acknowledged position by uplink, as they changed.
    ///   - anchor: Of the running boot; `nil` lets the messages wait for ``anchor(_:)``.
    ///   - nowUTC: Judges the retention. Without it nothing grows old.
    /// - Returns: What is real now.
    /// - Throws: ``StoreError``; keep the drafts and call again.
    public func commit(
        _ drafts: [MessageDraft],
        cursors: [String: UInt64],
        anchor: Anchor?,
        nowUTC: Nanoseconds?
    ) throws(StoreError) -> Receipt {
        let uplinks = try makeReady()
        let (landed, position, acknowledged) = try perform { database in
            (landedDrafts(of: drafts, next: database.next), database.next, database.acknowledged(by: uplinks))
        }
        let rest = drafts.dropFirst(landed)
        let room = try perform { database throws(SQLiteError) in
            try database.makeRoom(for: Database.need(rest), acknowledged: acknowledged)
        }
        guard room.suffices else { throw .full }

        // An anchor that could not be read back, or that belongs to another boot, is none.
        let usable = anchor.flatMap { $0.boot == options.boot && Span.canHold($0) ? $0 : nil }
        let before = nowUTC.map { $0.subtractingReportingOverflow(options.retention).partialValue }
        let expiry = Expiry(acknowledged: acknowledged, before: before)
        doubt = (position - UInt64(landed), drafts)
        let expired = try perform { database throws(SQLiteError) in
            try database.commit(rest, cursors: cursors, anchor: usable, expiry: expiry)
        }
        doubt = nil

        defer { (reopened, incidents) = (nil, []) }
        return try perform { database throws(SQLiteError) in
            Receipt(
                first: position - UInt64(landed),
                next: database.next,
                deliverable: database.deliverable,
                oldest: database.oldest,
                bytes: try database.bytes(),
                expired: room.expired + expired,
                withdrawn: room.withdrawn,
                reopened: reopened,
                incidents: incidents
            )
        }
    }

    /// Gives `anchor` to every message of its boot that waits for one, in one transaction.
    ///
    /// - Returns: Every message below may leave now.
    public func anchor(_ anchor: Anchor) throws(StoreError) -> UInt64 {
        _ = try makeReady()
        return try perform { database throws(SQLiteError) in
            if Span.canHold(anchor) { try database.anchor(anchor) }
            return database.deliverable
        }
    }

    /// Messages from `position` on, in order: up to `count` of them or `bytes` of bodies, but at least one
    /// where one is there; up to the first that waits for an anchor.
    ///
    /// Wrong bytes never leave: a message that rotted on the disk is answered as a withdrawal, moved to
    /// the quarantine, and told with the next receipt. A withdrawal that began earlier is cut at `position`.
    public func load(
        from position: UInt64,
        count: Int,
        bytes: Int
    ) throws(StoreError) -> [StoredMessage] {
        _ = try makeReady()
        let loaded = try perform { database throws(SQLiteError) in
            try database.load(from: position, count: count, bytes: bytes)
        }
        if !loaded.rotten.isEmpty {
            do throws(StoreError) {
                try quarantine(loaded.rotten)
            } catch {
                // The answer is the same; the next load tries again.
            }
        }
        return loaded.messages
    }

    /// One slice of the check that follows an unclean stop; call it now and then until nothing remains.
    public func quickCheckSlice() throws(StoreError) -> CheckProgress {
        _ = try makeReady()
        guard let check else { return CheckProgress(checked: 0, remaining: 0) }
        let slice = try perform { database throws(SQLiteError) in
            try database.check(from: max(check.from, database.oldest), count: Self.checkSlice)
        }
        if !slice.rotten.isEmpty { try quarantine(slice.rotten) }
        let isDone = slice.checked == 0 || slice.next >= check.end
        self.check = isDone ? nil : (slice.next, check.end)
        return CheckProgress(checked: slice.checked, remaining: isDone ? 0 : check.end - slice.next)
    }

    /// Ends the use of the store and marks the stop as clean. ``open(uplinks:)`` begins again.
    public func close() {
        do throws(StoreError) {
            try perform { database throws(SQLiteError) in try database.end() }
        } catch {
            // Then the next start finds an unclean stop and checks.
        }
        (database, lock, uplinks, check) = (nil, nil, nil, nil)
    }
}

extension Store {
    /// Messages that one slice of the check reads: a tenth of a second on a card.
    static let checkSlice = 1_000

    /// Opens the store where it is not open.
    ///
    /// - Returns: The configured uplinks.
    private func makeReady() throws(StoreError) -> [String] {
        guard let uplinks else { throw .unavailable("it was not opened") }
        if database == nil { _ = try openDatabase(uplinks: uplinks) }
        return uplinks
    }

    private func openDatabase(uplinks: [String]) throws(StoreError) -> Opening {
        try directory.make()
        if lock == nil { lock = try DirectoryLock(directory) }
        var opener = Opener(directory: directory, options: options, first: first, setAside: setAside)
        let opened = try opener.open(uplinks: uplinks)
        (database, setAside, first) = (opened, [], opened.next)
        check = opener.wasClean ? nil : (opened.oldest, opened.next)
        let found = opener.incidents
        let opening = try perform { database throws(SQLiteError) in
            try database.opening(uplinks: uplinks, wasClean: opener.wasClean, incidents: found)
        }
        reopened = opening
        return opening
    }

    private func quarantine(_ positions: [UInt64]) throws(StoreError) {
        try perform { database throws(SQLiteError) in try database.quarantine(positions) }
        incidents += positions.map(StoreIncident.rotten).prefix(Self.incidentsMaximum - incidents.count)
    }

    /// How many of `drafts`, from the first on, a commit in doubt has stored after all.
    private func landedDrafts(of drafts: [MessageDraft], next: UInt64) -> Int {
        guard let doubt, next > doubt.first else { return 0 }
        let landed = doubt.drafts.prefix(Int(clamping: next - doubt.first))
        // The caller may have dropped the oldest or added to the end meanwhile.
        let longest = min(landed.count, drafts.count)
        return (0...longest).reversed().first { landed.suffix($0).elementsEqual(drafts.prefix($0)) } ?? 0
    }

    private func perform<Result>(
        _ body: (Database) throws(SQLiteError) -> Result
    ) throws(StoreError) -> Result {
        switch attempt(body) {
        case .success(let result): return result
        case .failure(let error): throw react(to: error)
        }
    }

    /// Holds on to the database no longer than the call, so that ``react(to:)`` can close it.
    private func attempt<Value>(
        _ body: (Database) throws(SQLiteError) -> Value
    ) -> Result<Value, SQLiteError> {
        guard let database else {
            return .failure(SQLiteError(code: 0, message: "the store is closed", sql: ""))
        }
        do throws(SQLiteError) { return .success(try body(database)) } catch { return .failure(error) }
    }

    /// Does what the failure asks for, and says it in the words of the caller.
    private func react(to error: SQLiteError) -> StoreError {
        if let database { first = database.next }
        switch error.condition {
        case .full, .busy:
            // Rolled back, unless even that failed.
            if database?.connection.isInTransaction ?? false { database = nil }
            return StoreError(error)
        case .corrupt:
            database = nil
            do throws(StoreError) {
                let path = try directory.setAside(as: "corrupt")
                setAside.append(.setAside(path: path, reason: error.description))
                return .corrupt(setAside: path)
            } catch {
                return error
            }
        case .constraint, .disk, .other:
            // What the file holds is only known after opening it again.
            database = nil
            return StoreError(error)
        }
    }
}
