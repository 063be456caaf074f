import Foundation
import Messages
import SQLite
import Testing
import Wire

@testable import Store

@Suite struct DamageTests {
    let scene = Scene()

    /// A closed store with twenty messages.
    private func fill() async throws {
        let store = scene.store()
        _ = try await store.open(uplinks: ["mqtt"])
        try await store.commit(drafts(1...20), cursors: ["mqtt": 3])
        await store.close()
    }

    @Test(
        "A store that cannot be used is set aside under its own name, and a new stream begins",
        arguments: [
            "zero-length", "garbage", "truncated", "newer", "foreign", "no table", "no stream", "no span",
        ]
    )
    func setAside(damage: String) async throws {
        try await fill()
        var bytes = try Data(contentsOf: URL(fileURLWithPath: scene.database))
        switch damage {
        case "zero-length": bytes = Data()
        case "garbage": bytes = Data((0..<5_000).map { UInt8(truncatingIfNeeded: $0 &* 31) })
        case "truncated": bytes = bytes.prefix(bytes.count / 2)
        default: break
        }
        try bytes.write(to: URL(fileURLWithPath: scene.database))
        switch damage {
        case "newer": try scene.damage("PRAGMA user_version = 99")
        case "foreign": try scene.damage("PRAGMA application_id = 1")
        case "no table": try scene.damage("DROP TABLE quarantine")
        case "no stream": try scene.damage("DELETE FROM stream")
        case "no span": try scene.damage("DELETE FROM span")
        default: break
        }
        let damaged = try Data(contentsOf: URL(fileURLWithPath: scene.database))

        let aside = scene.database + (damage == "newer" ? ".newer-1" : ".corrupt-1")
        let store = scene.store()
        let opening = try await store.open(uplinks: ["mqtt"])
        guard case .setAside(aside, _) = opening.incidents.first else {
            Issue.record("\(opening.incidents)")
            return
        }
        #expect(opening.incidents.dropFirst() == [.newStream(.setAside)])
        #expect((opening.oldest, opening.next) == (1, 1))
        #expect(opening.cursors == ["mqtt": 0])
        #expect(try Data(contentsOf: URL(fileURLWithPath: aside)).count == damaged.count)
        #expect(try await store.commit(drafts(1...2)).next == 3)
        await store.close()
        #expect(try Store.verify(directory: scene.directory.path).findings == [])
    }

    @Test("A second store that is set aside does not take the place of the first")
    func twice() async throws {
        for number in 1...3 {
            try Data([1, 2, 3]).write(to: URL(fileURLWithPath: scene.database))
            let store = scene.store()
            let opening = try await store.open(uplinks: [])
            #expect(opening.incidents.count == 2)
            #expect(FileManager.default.fileExists(atPath: scene.database + ".corrupt-\(number)"))
            await store.close()
        }
    }

    @Test("A log without its database is never applied to another one")
    func orphanedLog() async throws {
        let store = scene.store()
        _ = try await store.open(uplinks: [])
        try await store.commit(drafts(1...3))
        let copy = try scene.copyOfOpenStore()
        await store.close()
        try FileManager.default.removeItem(atPath: copy.database)
        let other = copy.store()
        let opening = try await other.open(uplinks: [])
        #expect(opening.next == 1)
        #expect(copy.names().contains("store.db.corrupt-1-wal"))
        await other.close()
    }

    @Test("After an unclean stop everything is there, and the check runs in slices until nothing remains")
    func unclean() async throws {
        let store = scene.store()
        _ = try await store.open(uplinks: ["mqtt"])
        for batch in 0..<25 { try await store.commit(drafts(batch * 100 + 1...batch * 100 + 100, bytes: 20)) }
        let copy = try scene.copyOfOpenStore()
        await store.close()

        let recovered = copy.store()
        let opening = try await recovered.open(uplinks: ["mqtt"])
        #expect(!opening.wasClean)
        #expect(opening.incidents == [.recovered])
        #expect(opening.next == 2_501)
        var checked: [Int] = []
        repeat { checked.append(try await recovered.quickCheckSlice().checked) } while checked.last != 0
        #expect(checked == [1_000, 1_000, 500, 0])
        await recovered.close()
        let again = copy.store()
        #expect(try await again.open(uplinks: ["mqtt"]).wasClean)
        #expect(try await again.quickCheckSlice() == CheckProgress(checked: 0, remaining: 0))
        await again.close()
    }

    @Test(
        "A message that rotted is withdrawn, kept in the quarantine, and told; the others leave as they are"
    )
    func rot() async throws {
        let store = scene.store()
        _ = try await store.open(uplinks: ["mqtt"])
        try await store.commit(drafts(1...40))
        let sound = try await store.loadAll()
        await store.close()
        try scene.damage("UPDATE record SET body = zeroblob(length(body)) WHERE position = 3")
        try scene.damage("UPDATE record SET time = time + 1 WHERE position IN (7, 38)")
        #expect(try Store.verify(directory: scene.directory.path).findings.count == 3)

        let again = scene.store()
        #expect(try await again.open(uplinks: ["mqtt"]).incidents == [.rotten(position: 38)])
        let messages = try await again.loadAll()
        #expect(messages.map(\.position) == Array(1...40))
        #expect(messages.filter { $0.kind == .withdrawn }.map(\.position) == [3, 7, 38])
        #expect(messages[2].body == [WithdrawalReason.quarantine.rawValue])
        #expect((messages[2].seq, messages[2].lastPosition) == (3, 3))
        #expect(
            messages.filter { $0.kind != .withdrawn } == sound.filter { ![3, 7, 38].contains($0.position) }
        )
        #expect(try await again.loadAll() == messages)
        #expect(
            try await again.commit([draft(41)]).incidents == [.rotten(position: 3), .rotten(position: 7)]
        )
        await again.close()
        let report = try Store.verify(directory: scene.directory.path)
        #expect(report.findings == [])
        #expect(report.withdrawn == 3)
        let kept = try Connection(path: scene.database).integer("SELECT count(*) FROM quarantine")
        #expect(kept == 3)
    }

    @Test("The check in slices finds what rotted before anybody loads it")
    func rotFoundByCheck() async throws {
        let store = scene.store()
        _ = try await store.open(uplinks: [])
        try await store.commit(drafts(1...40))
        let copy = try scene.copyOfOpenStore()
        await store.close()
        try copy.damage("UPDATE record SET kind = 2 WHERE position = 4")
        let recovered = copy.store()
        _ = try await recovered.open(uplinks: [])
        #expect(try await recovered.quickCheckSlice() == CheckProgress(checked: 40, remaining: 0))
        #expect(try await recovered.commit([]).incidents == [.rotten(position: 4)])
        await recovered.close()
    }

    @Test("A hole sets the store aside while it runs; the caller keeps its drafts, and positions go on")
    func hole() async throws {
        try await fill()
        try scene.damage("DELETE FROM record WHERE position = 2")
        let store = scene.store()
        _ = try await store.open(uplinks: ["mqtt"])
        let aside = scene.database + ".corrupt-1"
        await #expect(throws: StoreError.corrupt(setAside: aside)) { try await store.loadAll() }
        let receipt = try await store.commit(drafts(21...22))
        #expect((receipt.first, receipt.next, receipt.oldest) == (21, 23, 21))
        #expect(receipt.reopened?.incidents.count == 2)
        #expect(receipt.reopened?.cursors == ["mqtt": 20])
        let messages = try await store.loadAll()
        #expect(messages.map(\.seq) == [1, 2])
        #expect(messages.map(\.position) == [21, 22])
        await store.close()
        #expect(try Store.verify(directory: scene.directory.path).findings == [])
    }

    @Test("Verifying names a hole, a wrong cursor, and what is no store at all")
    func verify() async throws {
        #expect(throws: StoreError.self) { try Store.verify(directory: scene.directory.path) }
        try await fill()
        try scene.damage("DELETE FROM record WHERE position BETWEEN 5 AND 7")
        try scene.damage("UPDATE cursor SET position = 99")
        let findings = try Store.verify(directory: scene.directory.path).findings
        #expect(findings.count == 2)
        #expect(findings.first?.hasSuffix("3 are missing.") == true)
        #expect(findings.last == "The uplink mqtt acknowledged 99; the newest message is 20.")
        try Data([1, 2, 3]).write(to: URL(fileURLWithPath: scene.database))
        #expect(try !Store.verify(directory: scene.directory.path).findings.isEmpty)
    }

    @Test("A store of an older version is brought forward step by step, each as a whole")
    func migration() throws {
        let connection = try Connection(path: ":memory:")
        let steps: [[StaticString]] = [
            ["CREATE TABLE a (x)", "PRAGMA user_version = 1"],
            ["CREATE TABLE b (x)", "INSERT INTO b VALUES (7)", "PRAGMA user_version = 2"],
            ["CREATE TABLE c (x)", "INSERT INTO nowhere VALUES (1)", "PRAGMA user_version = 3"],
        ]
        try Schema.migrate(connection, through: Array(steps.prefix(1)))
        #expect(throws: SQLiteError.self) { try Schema.migrate(connection, through: steps) }
        #expect(try connection.integer("PRAGMA user_version") == 2)
        #expect(try connection.integer("SELECT x FROM b") == 7)
        #expect(try connection.integer("SELECT count(*) FROM sqlite_schema WHERE name = 'c'") == 0)
    }
}
