internal import Messages
internal import SQLite
internal import Wire

/// Finds a store that can be used: the one that is there, or after setting that aside a new one.
struct Opener {
    let directory: StoreDirectory
    let options: StoreOptions
    /// Where a new store begins: at 1, or behind a store that was set aside while it ran, so that cursors
    /// never point at other messages than before.
    let first: UInt64
    private(set) var incidents: [StoreIncident]
    private(set) var wasClean = true

    /// `setAside` are stores that were set aside already, and whose place the new one takes.
    init(directory: StoreDirectory, options: StoreOptions, first: UInt64, setAside: [StoreIncident]) {
        (self.directory, self.options, self.first, incidents) = (directory, options, first, setAside)
    }

    /// - Throws: ``StoreError/unavailable(_:)`` or ``StoreError/full``. Damage is no error here, but an
    ///   incident.
    mutating func open(uplinks: [String]) throws(StoreError) -> Database {
        switch try inspect() {
        case .absent: break
        case .unusable(let word, let reason): try setAside(as: word, reason: reason)
        case .usable:
            do throws(SQLiteError) {
                return try take(uplinks: uplinks)
            } catch {
                guard error.condition == .corrupt else { throw StoreError(error) }
                try setAside(as: "corrupt", reason: error.description)
            }
        }
        try directory.beginUnfinished()
        do throws(SQLiteError) { try create() } catch { throw StoreError(error) }
        try directory.finish()
        incidents.append(.newStream(incidents.isEmpty ? .created : .setAside))
        do throws(SQLiteError) { return try take(uplinks: uplinks) } catch { throw StoreError(error) }
    }

    private enum Finding {
        case absent, usable
        case unusable(word: String, reason: String)
    }

    /// Looks at what is there without changing it.
    private func inspect() throws(StoreError) -> Finding {
        guard let bytes = directory.databaseBytes() else {
            guard directory.walBytes() > 0 else { return .absent }
            return .unusable(word: "corrupt", reason: "the log is there, and its database is not")
        }
        // A store gets its name when it is complete, so an empty one is damage.
        guard bytes > 0 else { return .unusable(word: "corrupt", reason: "the file is empty") }
        do throws(SQLiteError) {
            let connection = try Connection(path: directory.database, access: .readWrite, vfs: options.vfs)
            switch try Schema.recognise(connection) {
            case .current, .older: return .usable
            case .newer: return .unusable(word: "newer", reason: "a newer version wrote it")
            case .foreign: return .unusable(word: "corrupt", reason: "the file is no store")
            }
        } catch {
            guard error.condition == .corrupt else { throw StoreError(error) }
            return .unusable(word: "corrupt", reason: error.description)
        }
    }

    private mutating func setAside(as word: String, reason: String) throws(StoreError) {
        incidents.append(.setAside(path: try directory.setAside(as: word), reason: reason))
    }

    private func create() throws(SQLiteError) {
        let connection = try Connection(path: directory.unfinished, access: .readWrite, vfs: options.vfs)
        try Schema.prepareNew(connection)
        try Database.beginStream(connection, at: first, options: options)
        // Folds the log into the file that is about to be renamed; closing would, but could not say that
        // it failed.
        try connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    }

    /// Opens a store of this version or an older one, and begins to use it.
    private mutating func take(uplinks: [String]) throws(SQLiteError) -> Database {
        let connection = try Connection(path: directory.database, access: .readWrite, vfs: options.vfs)
        try Schema.configure(connection)
        try Schema.migrate(connection)
        guard try connection.text("PRAGMA journal_mode = WAL") == "wal" else {
            throw .inconsistent("the store cannot keep a log")
        }
        let isClean = try connection.integer("SELECT value FROM meta WHERE key = 'clean'") == 1
        let database = try Database(connection, directory: directory, options: options)

        let rotten = try database.checkNewest()
        if !rotten.isEmpty { try database.quarantine(rotten) }
        var found = rotten.map { StoreIncident.rotten(position: $0) }
        if let reason = try database.begin(uplinks: uplinks) { found.append(.newStream(reason)) }
        if !isClean { found.append(.recovered) }
        wasClean = isClean
        incidents += found
        return database
    }
}

extension Database {
    /// Marks the store as in use, gives new uplinks their cursors, and begins a stream where the running
    /// one belongs to another machine or gateway.
    func begin(uplinks: [String]) throws(SQLiteError) -> StoreIncident.StreamReason? {
        let reason: StoreIncident.StreamReason? =
            if stream.machine != options.machine {
                .otherMachine
            } else if stream.identity.gateway != options.gateway {
                .otherGateway
            } else {
                nil
            }
        var written: [String: UInt64] = [:]
        for uplink in uplinks where cursors[uplink] == nil { written[uplink] = oldest - 1 }
        // A cursor ahead of every message can only be rot, or a store that somebody took messages from.
        for (uplink, position) in cursors where position >= next { written[uplink] = next - 1 }
        try connection.transaction { () throws(SQLiteError) in
            if reason != nil { try Self.beginStream(connection, at: next, options: options) }
            try write(written)
            try connection.execute("UPDATE meta SET value = 0 WHERE key = 'clean'")
        }
        remember(written)
        try readStreams()
        try refresh()
        return reason
    }

    /// Marks a clean stop: the next start has nothing to check.
    func end() throws(SQLiteError) {
        try connection.execute("UPDATE meta SET value = 1 WHERE key = 'clean'")
    }

    func opening(
        uplinks: [String],
        wasClean: Bool,
        incidents: [StoreIncident]
    ) throws(SQLiteError) -> Opening {
        let configured = Set(uplinks)
        return Opening(
            identity: stream.identity,
            oldest: oldest,
            next: next,
            deliverable: deliverable,
            cursors: cursors.filter { configured.contains($0.key) },
            detached: cursors.filter { !configured.contains($0.key) },
            wasClean: wasClean,
            waiting: try waitingBoots(),
            incidents: incidents
        )
    }
}

extension StoreError {
    /// Damage that cannot be helped by opening again is treated where the store can be set aside.
    init(_ error: SQLiteError) { self = error.condition == .full ? .full : .unavailable(error.description) }
}
