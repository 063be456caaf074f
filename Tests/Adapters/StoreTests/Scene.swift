import Foundation
import Messages
import Reactor
import SQLite
import Store
import TestSupport
import Wire

/// All stores of the tests live on one thread, one after the other.
let storeThread = SerialThread(named: "store")

/// A directory and the stores that open it.
struct Scene {
    let directory = TemporaryDirectory()
    static let boot = BootID(high: 1, low: 2)

    var database: String { directory.file("store.db") }

    func store(
        gateway: String = "pitch-1",
        machine: String = "00112233445566778899aabbccddeeff",
        boot: BootID = Scene.boot,
        _ adjust: (inout StoreOptions) -> Void = { _ in }
    ) -> Store {
        var options = StoreOptions(gateway: gateway, machine: machine, boot: boot)
        options.reserveBytes = 0
        adjust(&options)
        return Store(directory: directory.path, options: options, thread: storeThread)
    }

    /// Names in the directory, sorted.
    func names() -> [String] {
        (try? FileManager.default.contentsOfDirectory(atPath: directory.path).sorted()) ?? []
    }

    /// Changes the closed store behind its back.
    func damage(_ sql: StaticString) throws { try Connection(path: database).execute(sql) }

    /// Leaves the directory as a power cut would: copies of the open store's files, without its locks.
    func copyOfOpenStore() throws -> Scene {
        let copy = Scene()
        for name in ["store.db", "store.db-wal"]
        where FileManager.default.fileExists(atPath: directory.file(name)) {
            try FileManager.default.copyItem(atPath: directory.file(name), toPath: copy.directory.file(name))
        }
        return copy
    }
}

/// The `number`-th draft; all differ, and so does their length.
func draft(_ number: Int, bytes: Int = 200) -> MessageDraft {
    MessageDraft(
        kind: number.isMultiple(of: 5) ? .event : .record,
        time: Instant(nanoseconds: Int64(number) * .second),
        body: Array("message \(number) ".utf8) + (0..<bytes).map { UInt8(truncatingIfNeeded: $0 &* number) }
    )
}

func drafts(_ numbers: ClosedRange<Int>, bytes: Int = 200) -> [MessageDraft] {
    numbers.map { draft($0, bytes: bytes) }
}

/// 2026-11-21T11:00:00Z at the start of the boot.
let startUTC: Nanoseconds = 1_795_258_800 * .second

func synced(boot: BootID = Scene.boot, utc: Nanoseconds = startUTC) -> Anchor {
    Anchor(boot: boot, at: Instant(nanoseconds: 0), utc: utc, error: nil, source: .kernel)
}

extension Store {
    /// A commit with the anchor of the running boot, and without the time of day.
    @discardableResult
    func commit(_ drafts: [MessageDraft], cursors: [String: UInt64] = [:]) throws(StoreError) -> Receipt {
        try commit(drafts, cursors: cursors, anchor: synced(), nowUTC: nil)
    }

    func loadAll(from position: UInt64 = 1) throws(StoreError) -> [StoredMessage] {
        try load(from: position, count: 100_000, bytes: .max)
    }
}
