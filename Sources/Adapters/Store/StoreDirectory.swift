internal import Glibc

/// The files of the store and the names beside them.
///
///     store.db, store.db-wal, store.db-shm   the store
///     store.lock                             held by the daemon; its text is the daemon's process id
///     store.new                              a store that is being made
///     store.db.corrupt-1, store.db.newer-1   stores set aside, never deleted
struct StoreDirectory: Sendable {
    let path: String
    /// What the operating system says to SQLite goes through SQLite; this is for everything else.
    var database: String { path + "/store.db" }
    var wal: String { database + "-wal" }
    var unfinished: String { path + "/store.new" }

    /// Makes the directory, and those above it, where they are absent.
    func make() throws(StoreError) {
        var made = path.hasPrefix("/") ? "" : "."
        for component in path.split(separator: "/") {
            made += "/" + component
            // A failure above may be no failure at all: what counts is the directory at the end.
            mkdir(made, 0o750)
        }
        guard access(path, R_OK | W_OK | X_OK) == 0 else {
            throw StoreError.unavailable("\(path): \(Self.reason())")
        }
    }

    /// The size of the store's file, or `nil` when there is none.
    func databaseBytes() -> UInt64? { Self.bytes(of: database) }

    /// The size of the write-ahead log; 0 when there is none.
    func walBytes() -> UInt64 { Self.bytes(of: wal) ?? 0 }

    /// What the file system can still take from a process without privileges, or `nil` when it does not say.
    func freeBytes() -> UInt64? {
        var status = statvfs()
        guard statvfs(path, &status) == 0 else { return nil }
        return UInt64(status.f_bavail).multipliedReportingOverflow(by: UInt64(status.f_frsize)).partialValue
    }

    /// Renames the store to a free name that ends in `word` and a number, and returns it.
    ///
    /// The log goes first: a database without its log is an older state of itself, but a log beside a
    /// database that it does not belong to would be applied to it.
    func setAside(as word: String) throws(StoreError) -> String {
        var number = 1
        var aside = "\(database).\(word)-1"
        while Self.exists(aside) || Self.exists(aside + "-wal") && Self.exists(wal) {
            number += 1
            aside = "\(database).\(word)-\(number)"
        }
        if Self.exists(wal) { try move(wal, to: aside + "-wal") }
        if Self.exists(database) { try move(database, to: aside) }
        unlink(database + "-shm")
        try synchronise()
        return aside
    }

    /// Removes what an interrupted creation left, and makes an empty file that only the owner can read:
    /// SQLite gives its other files the same mode.
    func beginUnfinished() throws(StoreError) {
        for suffix in ["", "-wal", "-shm", "-journal"] { unlink(unfinished + suffix) }
        let descriptor = open(unfinished, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw StoreError.unavailable("\(unfinished): \(Self.reason())") }
        close(descriptor)
    }

    /// Gives a finished store its name. From here on it is there as a whole.
    func finish() throws(StoreError) {
        try move(unfinished, to: database)
        try synchronise()
    }

    /// Makes renames durable.
    private func synchronise() throws(StoreError) {
        let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw StoreError.unavailable("\(path): \(Self.reason())") }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw StoreError.unavailable("\(path): \(Self.reason())") }
    }

    private func move(_ old: String, to new: String) throws(StoreError) {
        guard rename(old, new) == 0 else { throw StoreError.unavailable("\(old): \(Self.reason())") }
    }

    static func exists(_ path: String) -> Bool { bytes(of: path) != nil }

    private static func bytes(of path: String) -> UInt64? {
        var status = stat()
        guard lstat(path, &status) == 0 else { return nil }
        return UInt64(clamping: status.st_size)
    }

    static func reason() -> String { String(cString: strerror(errno)) }
}

/// The lock that keeps a second daemon off the store; held while the value lives.
///
/// flock(2) on a file of its own: SQLite's locks end with any descriptor of the same file that the
/// process closes, and say nothing about who holds them.
final class DirectoryLock: Sendable {
    private let descriptor: Int32

    init(_ directory: StoreDirectory) throws(StoreError) {
        let path = directory.path + "/store.lock"
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw StoreError.unavailable("\(path): \(StoreDirectory.reason())") }
        guard Self.acquire(descriptor) else {
            let reason = errno
            defer { close(descriptor) }
            guard reason == EWOULDBLOCK else { throw StoreError.unavailable("\(path): \(reason)") }
            throw StoreError.locked(holder: Self.holder(descriptor))
        }
        self.descriptor = descriptor
        // The number only helps people; the lock holds without it, on a full disk too.
        let text = Array("\(getpid())\n".utf8)
        if ftruncate(descriptor, 0) == 0 { _ = pwrite(descriptor, text, text.count, 0) }
    }

    deinit { close(descriptor) }

    /// Tries for a fifth of a second: a child of the holder has the descriptor, too, from its fork to its
    /// exec, and so may outlive the holder's own end for a moment.
    private static func acquire(_ descriptor: Int32) -> Bool {
        for attempt in 0..<20 {
            if attempt > 0 { usleep(10_000) }
            if flock(descriptor, LOCK_EX | LOCK_NB) == 0 { return true }
            guard errno == EWOULDBLOCK else { return false }
        }
        return false
    }

    private static func holder(_ descriptor: Int32) -> Int32? {
        var text = [UInt8](repeating: 0, count: 16)
        let count = pread(descriptor, &text, text.count, 0)
        guard count > 0 else { return nil }
        return Int32(String(decoding: text[..<count].prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self))
    }
}
