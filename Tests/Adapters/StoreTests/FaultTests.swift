import CFaultVFS
import Foundation
import Messages
import Testing
import Wire

@testable import Store

/// Fails the n-th write, sync, truncate or delete of a whole story, for n = 1, 2, 3 … until the story
/// gets through.
///
/// `FAULTS=all` takes every n, and several outcomes for each power cut; by default a stride keeps it short.
@Suite(.serialized) struct FaultTests {
    static let isThorough = ProcessInfo.processInfo.environment["FAULTS"] == "all"

    init() { #expect(fault_vfs_register() == 0) }

    /// What the caller of the store knows.
    struct Ledger {
        /// Drafts whose commit returned, in order; the first has position 1.
        var committed: [MessageDraft] = []
        /// Drafts of the commit that did not return.
        var underWay: [MessageDraft] = []
        /// The newest acknowledgement that was handed to the store.
        var acknowledged: UInt64 = 0

        /// Checks what a store says that it holds.
        func check(_ messages: [StoredMessage], _ context: String) {
            let first = messages.first?.position ?? 1
            #expect(first <= acknowledged + 1, "\(context): what nobody acknowledged is gone")
            #expect(
                messages.map(\.position) == Array(first..<first + UInt64(messages.count)),
                "\(context): dense"
            )
            #expect(messages.map(\.seq) == messages.map(\.position), "\(context): numbers")
            let bodies = messages.map(\.body)
            let known = committed.dropFirst(Int(first - 1)).map(\.body)
            #expect(
                bodies == known || bodies == known + underWay.map(\.body),
                "\(context): \(bodies.count) messages, \(known.count) committed, \(underWay.count) under way"
            )
        }
    }

    /// Starts, commits for a while, stops, starts again, and lets old messages go. A refused call is made
    /// again
    /// `retries` times, as the daemon does it.
    private func story(in scene: Scene, ledger: inout Ledger, retries: Int) async throws {
        let store = scene.store {
            $0.vfs = "fault"
            $0.retention = 0
        }
        do {
            try await story(of: store, ledger: &ledger, retries: retries)
        } catch {
            await store.close()
            throw error
        }
    }

    private func story(of store: Store, ledger: inout Ledger, retries: Int) async throws {
        var number = 0
        for run in 0..<2 {
            try await again(retries) { _ = try await store.open(uplinks: ["mqtt"]) }
            for commit in 0..<6 {
                ledger.underWay = drafts(
                    number + 1...number + 1 + commit % 3,
                    bytes: commit == 3 ? 3_000 : 300
                )
                number += ledger.underWay.count
                let acknowledged = UInt64(run == 1 && commit > 1 ? number / 2 : 0)
                ledger.acknowledged = max(ledger.acknowledged, acknowledged)
                let batch = ledger.underWay
                let first = UInt64(ledger.committed.count + 1)
                try await again(retries) {
                    let receipt = try await store.commit(
                        batch,
                        cursors: acknowledged > 0 ? ["mqtt": acknowledged] : [:],
                        anchor: run == 0 && commit < 2 ? nil : synced(),
                        nowUTC: startUTC + .hour
                    )
                    #expect(receipt.first == first)
                }
                (ledger.committed, ledger.underWay) = (ledger.committed + ledger.underWay, [])
            }
            try await again(retries) { _ = try await store.anchor(synced()) }
            await store.close()
        }
    }

    private func again(_ retries: Int, _ call: () async throws -> Void) async throws {
        for _ in 0..<retries {
            do { return try await call() } catch is StoreError { continue }
        }
        try await call()
    }

    /// The operations of the story, and so the largest n that strikes.
    private func operations() async throws -> Int {
        fault_vfs_arm(0, FAULT_IOERR)
        var ledger = Ledger()
        try await story(in: Scene(), ledger: &ledger, retries: 0)
        return Int(fault_vfs_operations())
    }

    @Test(
        "After any failure of the disk a retry succeeds, and every message is there once",
        arguments: [FAULT_IOERR, FAULT_FULL, FAULT_OUTAGE]
    )
    func failures(kind: fault_kind) async throws {
        let count = try await operations()
        #expect(count > 100)
        // Few of the operations are the syncs that an outage must hit.
        for n in stride(from: 1, through: count, by: Self.isThorough ? 1 : kind == FAULT_OUTAGE ? 2 : 7) {
            let scene = Scene()
            var ledger = Ledger()
            fault_vfs_arm(Int32(n), kind)
            try await story(in: scene, ledger: &ledger, retries: 20)
            #expect(fault_vfs_struck() == 1)

            let store = scene.store()
            let opening = try await store.open(uplinks: ["mqtt"])
            #expect(!opening.incidents.contains { if case .setAside = $0 { true } else { false } }, "\(n)")
            ledger.check(try await store.loadAll(), "operation \(n)")
            await store.close()
            #expect(try Store.verify(directory: scene.directory.path).findings == [], "\(n)")
        }
    }

    @Test("After a power cut at any moment everything committed is there, and the rest whole or not at all")
    func powerCuts() async throws {
        let count = try await operations()
        for n in stride(from: 1, through: count, by: Self.isThorough ? 1 : 5) {
            for seed in 0..<(Self.isThorough ? 8 : 1) {
                let scene = Scene()
                var ledger = Ledger()
                fault_vfs_arm(Int32(n), FAULT_POWER_CUT)
                do {
                    try await story(in: scene, ledger: &ledger, retries: 0)
                } catch is StoreError {
                    // Only a cut within the last stop goes unnoticed.
                }
                #expect(fault_vfs_struck() == 1)
                try await restart(
                    scene,
                    ledger: ledger,
                    seed: UInt32(n * 8 + seed),
                    "operation \(n), seed \(seed)"
                )
            }
        }
    }

    private func restart(_ scene: Scene, ledger: Ledger, seed: UInt32, _ context: String) async throws {
        fault_vfs_restart(seed)
        var ledger = ledger
        let store = scene.store()
        let opening = try await store.open(uplinks: ["mqtt"])
        #expect(!opening.incidents.contains { if case .setAside = $0 { true } else { false } }, "\(context)")
        if opening.deliverable < opening.next { _ = try await store.anchor(synced()) }
        let messages = try await store.loadAll()
        ledger.check(messages, context)

        // And it goes on from there.
        let landed = max(0, Int(opening.next) - 1 - ledger.committed.count)
        ledger.committed += ledger.underWay.prefix(landed)
        ledger.underWay = []
        let receipt = try await store.commit([draft(1_000)])
        #expect(receipt.first == opening.next)
        ledger.committed.append(draft(1_000))
        ledger.check(try await store.loadAll(), context)
        await store.close()
        #expect(try Store.verify(directory: scene.directory.path).findings == [], "\(context)")
    }
}
