import Foundation
import Mosquitto
import Reactor
import TestSupport
import Testing

@Suite(
    .serialized,
    .enabled(if: MosquittoBroker.isInstalled, "mosquitto and mosquitto_sub are not installed")
)
struct BrokerConnectionTests {
    @Test("A broker accepts and says how many unanswered messages it takes", arguments: [true, false])
    func opens(isV5: Bool) async throws {
        let broker = try MosquittoBroker(["max_inflight_messages 7"])
        try broker.start()
        var options = ConnectOptions(host: "127.0.0.1", port: broker.port, clientID: "opens")
        options.version = isV5 ? .v5 : .v311
        let client = await Client(options)
        #expect(await client.first() == .opened(receiveMaximum: isV5 ? 7 : 65_535))
        await client.close()
    }

    @Test("Each message gets the broker's own reason code")
    func answers() async throws {
        let broker = try MosquittoBroker()
        try broker.start()
        let client = await Client(ConnectOptions(host: "127.0.0.1", port: broker.port, clientID: "answers"))
        _ = await client.first()

        let lonely = try await client.publish("a/b", "1")
        #expect(await client.next() == .answered(message: lonely, code: 0x10, reason: ""))
        let subscriber = try MosquittoSubscriber(broker, format: "%t %C %P %p")
        let heard = try await client.publish("a/b", "2", user: [.init("stream", "s"), .init("seq", "9")])
        #expect(await client.next() == .answered(message: heard, code: 0, reason: ""))
        let arrived = await eventually { subscriber.lines == ["a/b application/json stream:s seq:9 2"] }
        #expect(arrived, "\(subscriber.lines)")
        await client.close()
    }

    @Test("A message that the broker would not take is refused before it is sent")
    func refusesLarge() async throws {
        let broker = try MosquittoBroker(["max_packet_size 1000"])
        try broker.start()
        let client = await Client(ConnectOptions(host: "127.0.0.1", port: broker.port, clientID: "large"))
        _ = await client.first()
        await #expect(throws: MosquittoError.self) {
            try await client.publish("a", String(repeating: "x", count: 1_001))
        }
        await #expect(throws: MosquittoError.self) { try await client.publish("a/#", "x") }
        _ = try await client.publish("a", "x")
        #expect(await client.next() != nil)
        await client.close()
    }

    @Test("A wrong password is told as such")
    func refusesPassword() async throws {
        let directory = TemporaryDirectory()
        let passwords = directory.file("passwords")
        try "gateway:right\n".write(toFile: passwords, atomically: true, encoding: .utf8)
        try run("/usr/bin/mosquitto_passwd", ["-U", passwords])
        let broker = try MosquittoBroker(["allow_anonymous false", "password_file \(passwords)"])
        try broker.start()

        var options = ConnectOptions(host: "127.0.0.1", port: broker.port, clientID: "password")
        (options.username, options.password) = ("gateway", "wrong")
        for version in [ConnectOptions.Version.v5, .v311] {
            options.version = version
            let answer = await Client(options).first()
            #expect([.closed(.refused(.credentials)), .closed(.refused(.notAuthorized))].contains(answer))
        }
        options.password = "right"
        let client = await Client(options)
        guard case .opened? = await client.first() else { return #expect(Bool(false)) }
        await client.close()
    }

    @Test(
        "TLS: the right certificate is accepted, each wrong one is told apart",
        .enabled(if: Certificates.canMake)
    )
    func verifies() async throws {
        let files = try Certificates()
        func event(
            with certificate: String,
            by authority: String = "ca",
            settings: [String] = [],
            _ change: (inout ConnectOptions) -> Void = { _ in }
        ) async throws -> BrokerConnection.Event? {
            let names = ["certfile \(files.certificate(certificate))", "keyfile \(files.key(certificate))"]
            let broker = try MosquittoBroker(names + settings)
            try broker.start()
            var options = ConnectOptions(host: "localhost", port: broker.port, clientID: "tls")
            options.tls = .init(authorities: .file(files.certificate(authority)))
            change(&options)
            let client = await Client(options)
            let event = await client.first()
            await client.close()
            return event
        }
        func expect(
            _ expected: BrokerConnection.Event,
            with certificate: String,
            by authority: String = "ca",
            settings: [String] = [],
            at location: SourceLocation = #_sourceLocation,
            _ change: (inout ConnectOptions) -> Void = { _ in }
        ) async throws {
            let event = try await event(with: certificate, by: authority, settings: settings, change)
            #expect(event == expected, sourceLocation: location)
        }
        try await expect(.opened(receiveMaximum: 20), with: "broker")
        try await expect(.closed(.untrusted(.hostMismatch)), with: "elsewhere")
        try await expect(.closed(.untrusted(.certificate)), with: "broker", by: "stranger")
        try await expect(.closed(.untrusted(.certificate)), with: "expired")
        try await expect(.closed(.untrusted(.certificate)), with: "broker") { $0.tls?.authorities = .system }

        let demanding = ["cafile \(files.certificate("ca"))", "require_certificate true"]
        let refused = try await event(with: "broker", settings: demanding)
        // Whether the broker's alert arrives before its reset depends on timing and on OpenSSL.
        if case .closed(let error)? = refused {
            #expect("\(error)".contains("client certificate"))
        } else {
            Issue.record("\(String(describing: refused))")
        }
        try await expect(.opened(receiveMaximum: 20), with: "broker", settings: demanding) {
            $0.tls?.certificate = files.certificate("client")
            $0.tls?.key = files.key("client")
        }

        let plain = try MosquittoBroker()
        try plain.start()
        var options = ConnectOptions(host: "localhost", port: plain.port, clientID: "tls")
        options.tls = .init(authorities: .file(files.certificate("ca")))
        // A broker without TLS hangs up on the greeting, which a broker that dies does too.
        let answer = await Client(options).first()
        // How that shows depends on the version of OpenSSL; every way names the port as a cause.
        if case .closed(let error)? = answer {
            #expect("\(error)".contains("port speak"))
        } else {
            Issue.record("\(String(describing: answer))")
        }
        options.tls = .init(authorities: .file("/nowhere/ca.pem"))
        let unreadable = await Client(options).first()
        if case .closed(.invalid(let text))? = unreadable {
            #expect(text.contains("/nowhere/ca.pem"))
        } else {
            Issue.record("\(String(describing: unreadable))")
        }
    }

    @Test("TLS begins even when the connection below it stands late", .enabled(if: Certificates.canMake))
    func beginsLate() async throws {
        let files = try Certificates()
        let listener = try LoopbackListener(accepting: false)
        var options = ConnectOptions(host: "127.0.0.1", port: listener.port, clientID: "late")
        options.tls = .init(authorities: .file(files.certificate("ca")))
        let client = await Client(options)
        try await Task.sleep(nanoseconds: 100_000_000)
        #expect(listener.greeting() == 0x16)  // A TLS record with a handshake.
        await client.close()
    }

    @Test("Neither a name that does not resolve nor a port that does not answer holds up the reactor")
    func neverBlocks() async throws {
        let hole = try LoopbackListener(accepting: false)
        let pulse = await Pulse()
        let nameless = await Client(ConnectOptions(host: "no-such-host.invalid", port: 1883, clientID: "a"))
        let lost = await Client(ConnectOptions(host: "127.0.0.1", port: hole.port, clientID: "b"))
        let closed = await Client(ConnectOptions(host: "127.0.0.1", port: try freePort(), clientID: "c"))
        guard case .closed(.unreachable)? = await closed.first() else { return #expect(Bool(false)) }
        guard case .closed(.unreachable(let text))? = await nameless.first(within: 30) else {
            return #expect(Bool(false))
        }
        #expect(text.contains("no-such-host.invalid"))
        try await Task.sleep(nanoseconds: 200_000_000)
        #expect(await lost.next(within: 0) == nil)
        await lost.close()
        #expect(await pulse.stop() < 250_000)
    }

    @Test("A connection that was closed tells nothing any more")
    func staysSilent() async throws {
        let broker = try MosquittoBroker()
        try broker.start()
        let early = await Client.closedAtOnce(
            ConnectOptions(host: "127.0.0.1", port: broker.port, clientID: "early")
        )
        let late = await Client(ConnectOptions(host: "127.0.0.1", port: broker.port, clientID: "late"))
        _ = await late.first()
        await late.close()
        #expect(await early.next(within: 0.3) == nil)
        #expect(await late.next(within: 0) == nil)
    }
}

/// A connection whose events are kept until a test asks for them.
@Reactor
final class Client {
    private var events: [BrokerConnection.Event] = []
    private var connection: BrokerConnection!

    init(_ options: ConnectOptions) {
        connection = BrokerConnection(options) { [weak self] in self?.events.append($0) }
        connection.open()
    }

    /// Opened and closed in one turn of the reactor, so that nothing can have happened in between.
    static func closedAtOnce(_ options: ConnectOptions) -> Client {
        let client = Client(options)
        client.close()
        return client
    }

    func first(within seconds: Double = 30) async -> BrokerConnection.Event? { await next(within: seconds) }

    func next(within seconds: Double = 30) async -> BrokerConnection.Event? {
        _ = await eventually(within: seconds) { await self.hasNews }
        return events.isEmpty ? nil : events.removeFirst()
    }

    func publish(_ topic: String, _ text: String, user: [PublishProperties.UserProperty] = []) throws -> Int32
    {
        try connection.publish(
            topic: topic,
            payload: Array(text.utf8),
            qos: .atLeastOnce,
            properties: PublishProperties(contentType: "application/json", user: user)
        )
    }

    private var hasNews: Bool { !events.isEmpty }

    /// Closes, and forgets what was heard until then.
    func close() {
        connection.close(saysGoodbye: true)
        events.removeAll()
    }
}

/// Measures the longest time that the reactor was not there, in microseconds.
@Reactor
final class Pulse {
    private var timer: EventSource?
    private var last = EventSource.now()
    private var longest: UInt64 = 0

    init() {
        timer = .timer(accuracyMicroseconds: 1) { [weak self] in self?.beat() }
        beat()
    }

    private func beat() {
        let now = EventSource.now()
        (longest, last) = (max(longest, now - last), now)
        timer?.set(atMicroseconds: now + 1_000)
    }

    func stop() -> UInt64 {
        timer?.cancel()
        timer = nil
        return longest
    }
}
