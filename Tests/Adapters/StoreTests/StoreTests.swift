import Foundation
import Messages
import Store
import Testing
import Wire

@Suite struct StoreTests {
    let scene = Scene()

    @Test("What was committed comes back in order, dense, with its anchor, and again after a clean stop")
    func roundTrip() async throws {
        let store = scene.store()
        let opening = try await store.open(uplinks: ["mqtt"])
        #expect(opening.incidents == [.newStream(.created)])
        #expect((opening.oldest, opening.next, opening.deliverable) == (1, 1, 1))
        #expect(opening.cursors == ["mqtt": 0])
        #expect(opening.wasClean)

        let receipt = try await store.commit(drafts(1...3))
        #expect((receipt.first, receipt.next, receipt.deliverable, receipt.oldest) == (1, 4, 4, 1))
        #expect(receipt.bytes > 0)
        try await store.commit(drafts(4...7), cursors: ["mqtt": 2])
        let messages = try await store.loadAll()
        #expect(messages.map(\.position) == Array(1...7))
        #expect(messages.map(\.seq) == Array(1...7))
        #expect(messages.map(\.body) == drafts(1...7).map(\.body))
        #expect(messages.map(\.kind) == drafts(1...7).map(\.kind))
        #expect(messages.allSatisfy { $0.anchor == synced() && $0.boot == Scene.boot })
        #expect(messages.allSatisfy { $0.identity == opening.identity && $0.position == $0.lastPosition })
        await store.close()

        let again = scene.store()
        let reopening = try await again.open(uplinks: ["mqtt", "cloud"])
        #expect(reopening.incidents.isEmpty)
        #expect(reopening.identity == opening.identity)
        #expect((reopening.oldest, reopening.next) == (1, 8))
        #expect(reopening.cursors == ["mqtt": 2, "cloud": 0])
        #expect(try await again.loadAll() == messages)
        #expect(try await again.commit([draft(8)]).first == 8)
        await again.close()
        #expect(try Store.verify(directory: scene.directory.path).findings == [])
        #expect(try Store.verify(directory: scene.directory.path).messages == 8)
    }

    @Test("Loading stops at the count, at the bytes, and gives at least one message")
    func bounds() async throws {
        let store = scene.store()
        _ = try await store.open(uplinks: [])
        try await store.commit(drafts(1...10, bytes: 1_000))
        #expect(try await store.load(from: 3, count: 4, bytes: .max).map(\.position) == [3, 4, 5, 6])
        #expect(try await store.load(from: 3, count: 9, bytes: 2_500).map(\.position) == [3, 4])
        #expect(try await store.load(from: 3, count: 9, bytes: 1).map(\.position) == [3])
        #expect(try await store.load(from: 11, count: 9, bytes: .max).isEmpty)
        #expect(try await store.load(from: 1, count: 0, bytes: .max).isEmpty)
        #expect(try await store.load(from: 1, count: -1, bytes: .max).isEmpty)
        await store.close()
    }

    @Test("A reader between commits sees whole commits")
    func readerBetweenCommits() async throws {
        let store = scene.store()
        _ = try await store.open(uplinks: [])
        for number in 0..<20 {
            try await store.commit(drafts(number * 3 + 1...number * 3 + 3))
            #expect(try await store.loadAll().count == number * 3 + 3)
        }
        await store.close()
    }

    @Test("A second daemon is refused and told who holds the store")
    func secondDaemon() async throws {
        let store = scene.store()
        _ = try await store.open(uplinks: [])
        let second = scene.store()
        await #expect(throws: StoreError.locked(holder: getpid())) { try await second.open(uplinks: []) }
        await store.close()
        _ = try await second.open(uplinks: [])
        await second.close()
    }

    @Test("Only the owner can read the store's files")
    func modes() async throws {
        let store = scene.store()
        _ = try await store.open(uplinks: [])
        try await store.commit([draft(1)])
        for name in scene.names() {
            let attributes = try FileManager.default.attributesOfItem(atPath: scene.directory.file(name))
            #expect(attributes[.posixPermissions] as? Int == 0o600, "\(name)")
        }
        #expect(scene.names() == ["store.db", "store.db-shm", "store.db-wal", "store.lock"])
        await store.close()
        #expect(scene.names() == ["store.db", "store.lock"])
    }

    @Test("An absent directory is made; one that cannot be made is an error, and the next call tries again")
    func directory() async throws {
        let path = scene.directory.file("a/b")
        var options = StoreOptions(gateway: "pitch-1", machine: "m", boot: Scene.boot)
        options.reserveBytes = 0
        try Data().write(to: URL(fileURLWithPath: scene.directory.file("a")))
        let store = Store(directory: path, options: options, thread: storeThread)
        await #expect(throws: StoreError.self) { try await store.open(uplinks: []) }
        try FileManager.default.removeItem(atPath: scene.directory.file("a"))
        let receipt = try await store.commit([draft(1)])
        #expect(receipt.reopened?.incidents == [.newStream(.created)])
        let attributes = try FileManager.default.attributesOfItem(atPath: path)
        #expect((attributes[.posixPermissions] as? Int ?? 0) & ~0o750 == 0)
        await store.close()
    }

    @Test("Before it is opened and after it was closed, a store takes nothing")
    func closed() async throws {
        let store = scene.store()
        await #expect(throws: StoreError.self) { try await store.commit([draft(1)]) }
        #expect(scene.names() == [])
        _ = try await store.open(uplinks: [])
        await store.close()
        await #expect(throws: StoreError.self) { try await store.commit([draft(1)]) }
    }

    @Test("On another machine and under another id a new stream begins; older messages keep theirs")
    func clonedCard() async throws {
        let first = scene.store()
        let original = try await first.open(uplinks: ["mqtt"]).identity
        try await first.commit(drafts(1...3))
        await first.close()

        let clone = scene.store(machine: "ffeeddccbbaa99887766554433221100")
        let opening = try await clone.open(uplinks: ["mqtt"])
        #expect(opening.incidents == [.newStream(.otherMachine)])
        #expect(opening.identity.stream != original.stream)
        try await clone.commit(drafts(4...5))
        await clone.close()

        let renamed = scene.store(gateway: "pitch-2", machine: "ffeeddccbbaa99887766554433221100")
        #expect(try await renamed.open(uplinks: ["mqtt"]).incidents == [.newStream(.otherGateway)])
        try await renamed.commit(drafts(6...6))
        let messages = try await renamed.loadAll()
        #expect(messages.map(\.seq) == [1, 2, 3, 1, 2, 1])
        #expect(messages.map(\.identity.gateway) == Array(repeating: "pitch-1", count: 5) + ["pitch-2"])
        #expect(messages[2].identity == original)
        #expect(messages[3].identity == opening.identity)
        await renamed.close()
        #expect(try Store.verify(directory: scene.directory.path).findings == [])
    }

    @Test("An uplink that left holds nothing back and finds its cursor when it returns")
    func detached() async throws {
        let store = scene.store()
        _ = try await store.open(uplinks: ["mqtt", "cloud"])
        try await store.commit(drafts(1...4), cursors: ["cloud": 2])
        let opening = try await store.open(uplinks: ["mqtt"])
        #expect(opening.cursors == ["mqtt": 0])
        #expect(opening.detached == ["cloud": 2])
        #expect(try await store.open(uplinks: ["cloud"]).cursors == ["cloud": 2])
        await store.close()
    }
}
