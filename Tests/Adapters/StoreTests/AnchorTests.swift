import Messages
import Testing
import Wire

@testable import Store

@Suite struct AnchorTests {
    let scene = Scene()
    let earlier = BootID(high: 7, low: 7)

    @Test("Messages without an anchor wait, and so do those behind them")
    func waiting() async throws {
        let store = scene.store()
        _ = try await store.open(uplinks: [])
        try await store.commit(drafts(1...2))
        let receipt = try await store.commit(drafts(3...4), cursors: [:], anchor: nil, nowUTC: nil)
        #expect(receipt.deliverable == 3)
        #expect(try await store.commit(drafts(5...6)).deliverable == 3)
        #expect(try await store.loadAll().map(\.position) == [1, 2])

        let late = synced(utc: startUTC + 5)
        #expect(try await store.anchor(late) == 7)
        let messages = try await store.loadAll()
        #expect(messages.map(\.position) == Array(1...6))
        #expect(messages.map(\.anchor) == [synced(), synced(), late, late, synced(), synced()])
        await store.close()
        #expect(try Store.verify(directory: scene.directory.path).findings == [])
    }

    @Test("An earlier boot waits until it gets an anchor of its own, and opening says what bounds its time")
    func earlierBoot() async throws {
        let known = BootID(high: 6, low: 6)
        let first = scene.store(boot: known)
        _ = try await first.open(uplinks: [])
        _ = try await first.commit(drafts(1...2), cursors: [:], anchor: synced(boot: known), nowUTC: nil)
        await first.close()
        let second = scene.store(boot: earlier)
        _ = try await second.open(uplinks: [])
        _ = try await second.commit(drafts(3...5), cursors: [:], anchor: nil, nowUTC: nil)
        await second.close()

        let store = scene.store()
        let opening = try await store.open(uplinks: [])
        #expect(
            opening.waiting == [
                WaitingBoot(
                    boot: earlier,
                    first: Instant(nanoseconds: 3 * .second),
                    last: Instant(nanoseconds: 5 * .second),
                    after: startUTC + 2 * .second
                )
            ]
        )
        #expect(opening.deliverable == 3)
        try await store.commit([draft(6)])
        #expect(try await store.anchor(synced()) == 3)
        var estimate = synced(boot: earlier)
        (estimate.source, estimate.error) = (.interpolated, 90 * .second)
        #expect(try await store.anchor(estimate) == 7)
        let messages = try await store.loadAll()
        #expect(messages.map(\.boot) == [known, known, earlier, earlier, earlier, Scene.boot])
        #expect(messages[3].anchor == estimate)
        await store.close()
    }

    @Test("A later anchor leaves the messages that have one alone")
    func fixed() async throws {
        let store = scene.store()
        _ = try await store.open(uplinks: [])
        try await store.commit([draft(1)])
        let before = try await store.loadAll()
        #expect(try await store.anchor(synced(utc: startUTC + .hour)) == 2)
        #expect(try await store.loadAll() == before)
        await store.close()
    }

    @Test("An anchor of another boot, or beyond any calendar, leaves messages waiting")
    func unusable() async throws {
        let store = scene.store()
        _ = try await store.open(uplinks: [])
        let foreign = synced(boot: earlier)
        #expect(
            try await store.commit([draft(1)], cursors: [:], anchor: foreign, nowUTC: nil).deliverable == 1
        )
        let absurd = synced(utc: .max)
        #expect(
            try await store.commit([draft(2)], cursors: [:], anchor: absurd, nowUTC: nil).deliverable == 1
        )
        #expect(try await store.anchor(absurd) == 1)
        #expect(try await store.anchor(synced()) == 3)
        await store.close()
    }
}
