internal import SQLite

/// The tables of the store and how they came to be.
///
/// Positions count 1, 2, 3, … over all streams and are dense: a record covers
/// `position ... last_position`, and the next one begins right behind it. What many messages in a row
/// share stands once, in the span that they lie in: stream, boot and anchor. So an anchor that comes after
/// three days gives a quarter of a million messages their time by changing one row.
///
/// | table | what |
/// | --- | --- |
/// | `stream` | a stream and the position of its message with `seq` 1; the newest is the running one |
/// | `span` | from `first` to the next span: stream, boot, and the anchor once it is known |
/// | `record` | a message; `time` is CLOCK_BOOTTIME of the span's boot, `crc` covers all but the anchor |
/// | `cursor` | the newest position that an uplink acknowledged |
/// | `quarantine` | rotten records as they were found |
/// | `meta` | `clean`: 1 after a clean stop |
enum Schema {
    /// Marks our files, see sqlite.org/fileformat.html, "application ID". "TLne" in ASCII.
    static let applicationID: Int64 = 0x544C_6E65

    /// The statements that lead from one version to the next; the last of each sets the version.
    static let migrations: [[StaticString]] = [
        [
            """
            CREATE TABLE stream (
                id INTEGER PRIMARY KEY,
                first INTEGER NOT NULL,
                uuid TEXT NOT NULL,
                gateway TEXT NOT NULL,
                machine TEXT NOT NULL)
            """,
            """
            CREATE TABLE span (
                first INTEGER PRIMARY KEY,
                stream INTEGER NOT NULL,
                boot TEXT NOT NULL,
                at INTEGER,
                utc INTEGER,
                error INTEGER,
                source INTEGER)
            """,
            "CREATE INDEX span_waiting ON span (first) WHERE at IS NULL",
            """
            CREATE TABLE record (
                position INTEGER PRIMARY KEY,
                last_position INTEGER NOT NULL,
                kind INTEGER NOT NULL,
                time INTEGER NOT NULL,
                crc INTEGER NOT NULL,
                body BLOB NOT NULL)
            """,
            "CREATE TABLE cursor (uplink TEXT PRIMARY KEY, position INTEGER NOT NULL) WITHOUT ROWID",
            """
            CREATE TABLE quarantine (
                position INTEGER PRIMARY KEY,
                seq INTEGER NOT NULL,
                kind INTEGER NOT NULL,
                time INTEGER NOT NULL,
                crc INTEGER NOT NULL,
                body BLOB NOT NULL)
            """,
            "CREATE TABLE meta (key TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID",
            "INSERT INTO meta VALUES ('clean', 1)",
            "PRAGMA user_version = 1",
        ]
    ]

    /// Brings an empty database, or one of an older version, to the newest version: each step a transaction.
    static func migrate(
        _ connection: borrowing Connection,
        through steps: [[StaticString]] = migrations
    ) throws(SQLiteError) {
        let version = Int(clamping: try connection.integer("PRAGMA user_version") ?? 0)
        for step in steps.dropFirst(version) {
            try connection.transaction { () throws(SQLiteError) in
                for statement in step { try connection.execute(statement) }
            }
        }
    }

    /// Settings that the file keeps. Before the first table exists, or they have no effect.
    ///
    /// Page size by measurement (SQLite 3.40.1, bytes of all writes of 5,400 commits, one record of 2 kB
    /// ± 25 % each, a cursor with every tenth, log of 1 MB; 10.8 MB of bodies):
    ///
    /// | page | bytes written | with auto_vacuum | file |
    /// | --- | --- | --- | --- |
    /// | 512 | 30.3 MB | 33.9 MB | 11.6 MB |
    /// | 1024 | 36.9 MB | 43.2 MB | 12.0 MB |
    /// | 4096 | 72.1 MB | 88.3 MB | 15.3 MB |
    ///
    /// auto_vacuum stays off: it writes 12 % more for ever, so that the file could shrink. Free pages are
    /// used again instead. The file grows to the bound once and stays there; a bound that is lowered later
    /// stops it from growing, and does not shrink it.
    ///
    /// A commit took 0.08 ms in the median and 0.28 ms in the 99th percentile on a virtual disk whose
    /// flush costs next to nothing.
    static func prepareNew(_ connection: borrowing Connection) throws(SQLiteError) {
        try connection.execute("PRAGMA page_size = 512")
        try connection.execute("PRAGMA auto_vacuum = NONE")
        try connection.execute("PRAGMA application_id = 0x544C6E65")
        try migrate(connection)
        try connection.execute("PRAGMA journal_mode = WAL")
    }

    /// Settings of a connection.
    static func configure(_ connection: borrowing Connection) throws(SQLiteError) {
        // `touchline verify` and the backup read beside the daemon; a checkpoint of theirs takes moments.
        connection.setBusyTimeout(milliseconds: busyTimeout)
        // No I/O error may become a signal.
        try connection.execute("PRAGMA mmap_size = 0")
        try connection.execute("PRAGMA synchronous = FULL")
        // A log of 1 MB: from 250 kB to 4 MB the bytes written differ by less than 1 %.
        try connection.execute("PRAGMA wal_autocheckpoint = 1865")
        try connection.execute("PRAGMA journal_size_limit = 1000000")
        try connection.execute("PRAGMA cache_size = -512")
        try connection.execute("PRAGMA temp_store = MEMORY")
        try connection.execute("PRAGMA trusted_schema = OFF")
        try connection.execute("PRAGMA cell_size_check = ON")
    }

    /// How long a call waits for a lock, ms.
    static let busyTimeout: Int32 = 5_000

    /// The size that the log may reach in normal work, bytes. See ``configure(_:)``.
    static let walBytes: UInt64 = 1_000_000

    /// What to make of a file that SQLite opened.
    enum Recognition { case current, older, newer, foreign }

    static func recognise(_ connection: borrowing Connection) throws(SQLiteError) -> Recognition {
        guard try connection.integer("PRAGMA application_id") == applicationID,
            let version = try connection.integer("PRAGMA user_version"), version > 0
        else { return .foreign }
        if version > migrations.count { return .newer }
        return version < migrations.count ? .older : .current
    }
}
