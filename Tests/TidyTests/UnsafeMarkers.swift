/// A place where the compiler's check of data races is switched off, and why that is right.
struct UnsafeMarker: Sendable {
    let path: String
    let count: Int
    let reason: String

    static let all = [
        UnsafeMarker(
            path: "Sources/System/Reactor/EventLoop.swift",
            count: 1,
            reason: "sd_event's handle never changes, and only the loop's thread uses it."
        ),
        UnsafeMarker(
            path: "Sources/System/Reactor/Inbox.swift",
            count: 1,
            reason: "The one lock of the program: it guards the jobs that other threads hand to the reactor."
        ),
        UnsafeMarker(
            path: "Sources/System/Mosquitto/Handle.swift",
            count: 1,
            reason: "Given from the thread that resolves names to the reactor, and used by one at a time."
        ),
        UnsafeMarker(
            path: "Sources/System/USB/USBHandle.swift",
            count: 1,
            reason:
                "Goes from the thread that opens devices to the reactor and back, used by one at a time."
        ),
        UnsafeMarker(
            path: "Sources/System/Bus/BusConnection+Objects.swift",
            count: 1,
            reason: "A message that sd-bus hands to a callback, which runs on the reactor's thread."
        ),
        UnsafeMarker(
            path: "Tests/Support/PrivateBus.swift",
            count: 1,
            reason: "A test drives its bus from one task at a time."
        ),
        UnsafeMarker(
            path: "Tests/Support/ChildProcess.swift",
            count: 1,
            reason: "A test drives its children from one task at a time."
        ),
        UnsafeMarker(
            path: "Tests/Support/Touchlined.swift",
            count: 1,
            reason: "A test drives its daemon from one task at a time."
        ),
        UnsafeMarker(
            path: "Tests/Support/MosquittoBroker.swift",
            count: 3,
            reason: "A test drives its broker, subscriber or listener from one task at a time."
        ),
    ]
}
