import Messages
import Store
import Testing
import Wire

@Suite struct RoomTests {
    let scene = Scene()

    @Test("Acknowledged messages go when their retention has passed, a newer or unacknowledged one stays")
    func retention() async throws {
        let store = scene.store { $0.retention = 10 * .second }
        _ = try await store.open(uplinks: ["mqtt", "cloud"])
        try await store.commit(drafts(1...30), cursors: ["mqtt": 30, "cloud": 15])
        // Message n is of second n: at 22 s those before 12 have served.
        let at22 = startUTC + 22 * .second
        let receipt = try await store.commit([], cursors: [:], anchor: synced(), nowUTC: at22)
        #expect((receipt.expired, receipt.oldest) == (11, 12))
        let later = try await store.commit([], cursors: [:], anchor: synced(), nowUTC: startUTC + .hour)
        #expect((later.expired, later.oldest) == (4, 16))
        #expect(try await store.commit([], cursors: [:], anchor: synced(), nowUTC: nil).expired == 0)
        #expect(try await store.loadAll().map(\.position) == Array(16...30))
        await store.close()
    }

    @Test("Another retention holds from the next commit on")
    func appliesOptions() async throws {
        let store = scene.store { $0.retention = .hour }
        _ = try await store.open(uplinks: ["mqtt"])
        try await store.commit(drafts(1...30), cursors: ["mqtt": 30])
        let at22 = startUTC + 22 * .second
        #expect(try await store.commit([], cursors: [:], anchor: synced(), nowUTC: at22).expired == 0)
        var options = StoreOptions(gateway: "", machine: "", boot: BootID(high: 0, low: 0))
        options.retention = 10 * .second
        await store.apply(options)
        #expect(try await store.commit([], cursors: [:], anchor: synced(), nowUTC: at22).expired == 11)
        await store.close()
    }

    @Test("The newest message stays, so that numbers go on after everything was delivered")
    func newestStays() async throws {
        let store = scene.store { $0.retention = 0 }
        _ = try await store.open(uplinks: ["mqtt"])
        try await store.commit(drafts(1...10), cursors: ["mqtt": 10])
        _ = try await store.commit([], cursors: [:], anchor: synced(), nowUTC: startUTC + .hour)
        await store.close()
        let again = scene.store()
        let opening = try await again.open(uplinks: ["mqtt"])
        #expect((opening.oldest, opening.next) == (10, 11))
        #expect(try await again.commit([draft(11)]).first == 11)
        #expect(try await again.loadAll().map(\.seq) == [10, 11])
        await again.close()
        #expect(try Store.verify(directory: scene.directory.path).findings == [])
    }

    /// Room for the log and about 500 kB.
    private func boundedStore() -> Store { scene.store { $0.maxBytes = 1_600_000 } }

    @Test("At the bound acknowledged messages go first, whatever their retention, and nothing is withdrawn")
    func boundOnDelivered() async throws {
        let store = boundedStore()
        _ = try await store.open(uplinks: ["mqtt"])
        var number = 0
        var oldest: UInt64 = 1
        for _ in 0..<150 {
            let receipt = try await store.commit(
                drafts(number + 1...number + 10, bytes: 1_000),
                cursors: ["mqtt": UInt64(number)]
            )
            #expect(receipt.bytes <= 1_600_000)
            #expect(receipt.withdrawn == 0)
            (number, oldest) = (number + 10, receipt.oldest)
        }
        #expect(oldest > 1_000)
        let messages = try await store.loadAll()
        #expect(messages.map(\.position) == Array(oldest...1_500))
        #expect(!messages.contains { $0.kind == .withdrawn })
        await store.close()
    }

    @Test("Then the oldest undelivered go, a withdrawal explains every one of them, and the newest are there")
    func boundOnUndelivered() async throws {
        let store = boundedStore()
        let identity = try await store.open(uplinks: ["mqtt"]).identity
        var withdrawn: UInt64 = 0
        for batch in 0..<150 {
            let receipt = try await store.commit(drafts(batch * 10 + 1...batch * 10 + 10, bytes: 1_000))
            #expect(receipt.bytes <= 1_600_000)
            withdrawn += receipt.withdrawn
        }
        #expect(withdrawn > 900)
        let messages = try await store.loadAll()
        let first = try #require(messages.first)
        #expect((first.position, first.lastPosition, first.seq) == (1, withdrawn, 1))
        #expect((first.kind, first.body) == (.withdrawn, [WithdrawalReason.bound.rawValue]))
        #expect(first.identity == identity)
        #expect(messages.dropFirst().map(\.position) == Array(withdrawn + 1...1_500))

        // Handed out from its middle, it is cut there.
        let cut = try #require(try await store.load(from: 100, count: 1, bytes: .max).first)
        #expect((cut.position, cut.seq, cut.lastPosition) == (100, 100, withdrawn))

        // An uplink has seen it: it keeps its bytes, and the next one stands behind it.
        for batch in 150..<220 {
            try await store.commit(drafts(batch * 10 + 1...batch * 10 + 10, bytes: 1_000))
        }
        let later = try await store.loadAll()
        #expect(later.first == first)
        #expect(later[1].kind == .withdrawn)
        #expect(later[1].position == withdrawn + 1)
        #expect(later[1].lastPosition > withdrawn + 1)
        await store.close()
        let report = try Store.verify(directory: scene.directory.path)
        #expect(report.findings == [])
        #expect(report.withdrawn == later[1].lastPosition)
    }

    @Test("A withdrawal does not wait for a clock")
    func withdrawalNeedsNoAnchor() async throws {
        let store = boundedStore()
        _ = try await store.open(uplinks: ["mqtt"])
        var deliverable: UInt64 = 0
        for batch in 0..<100 {
            let batch = drafts(batch * 10 + 1...batch * 10 + 10, bytes: 1_000)
            deliverable = try await store.commit(batch, cursors: [:], anchor: nil, nowUTC: nil).deliverable
        }
        let messages = try await store.loadAll()
        #expect(messages.map(\.kind) == [.withdrawn])
        #expect(messages.first?.lastPosition == deliverable - 1)
        #expect(deliverable > 1)
        await store.close()
    }

    @Test(
        "Below the reserve the store stops growing and refuses what it has no page for, until there is space"
    )
    func reserve() async throws {
        let store = scene.store { $0.reserveBytes = .max }
        _ = try await store.open(uplinks: ["mqtt"])
        await #expect(throws: StoreError.full) { try await store.commit([draft(1)]) }
        await store.close()

        let roomy = scene.store()
        _ = try await roomy.open(uplinks: ["mqtt"])
        let size = try await roomy.commit(drafts(1...200, bytes: 1_000), cursors: ["mqtt": 150]).bytes
        await roomy.close()
        #expect(size > 200_000)

        let full = scene.store { $0.reserveBytes = .max }
        _ = try await full.open(uplinks: ["mqtt"])
        let receipt = try await full.commit(drafts(201...205, bytes: 1_000))
        #expect(receipt.expired > 0)
        #expect(receipt.withdrawn == 0)
        #expect(receipt.oldest <= 151)
        #expect(try await full.loadAll().last?.position == 205)
        await full.close()
        #expect(try Store.verify(directory: scene.directory.path).findings == [])
    }
}
