import MQTTUplink
import Outbox
import Testing

@Suite struct BrokerAddressTests {
    @Test(
        "An address is read with its default port",
        arguments: [
            ("mqtt://broker.example", "broker.example", 1883, false),
            ("mqtts://10.0.0.1", "10.0.0.1", 8883, true),
            ("mqtts://a-b.example:443/", "a-b.example", 443, true), ("mqtt://[::1]:1884", "::1", 1884, false),
            ("mqtt://[fe80::1]", "fe80::1", 1883, false),
        ] as [(String, String, UInt16, Bool)]
    )
    func parses(text: String, host: String, port: UInt16, usesTLS: Bool) throws {
        let address = try BrokerAddress(parsing: text)
        #expect(address == BrokerAddress(host: host, port: port, usesTLS: usesTLS))
        #expect(try BrokerAddress(parsing: address.description) == address)
    }

    @Test(
        "A wrong address is refused with what would be right",
        arguments: [
            "", "broker", "http://broker", "mqtt:/broker", "mqtt://", "mqtts://:8883", "mqtt://broker:",
            "mqtt://b:0",
            "mqtt://b:65536", "mqtt://b:-1", "mqtt://b:1a", "mqtt://u:p@b", "mqtt://b/topic", "mqtt://b?x",
            "mqtt://[::1", "mqtt://[broker]", "mqtt://::1", "mqtt://bro ker", "mqtt://brökér",
            "mqtt://b:\u{661}",
        ]
    )
    func refuses(text: String) {
        #expect(throws: BrokerAddress.ParseError.self) { try BrokerAddress(parsing: text) }
    }

    @Test("Every reason code of a PUBACK has the meaning that the contract gives it")
    func maps() {
        let expected: [UInt8: MQTTUplink.Answer] = [
            0x00: .delivered, 0x10: .deliveredToNobody, 0x80: .refused(.retry), 0x83: .refused(.retry),
            0x97: .refused(.retry), 0x87: .refused(.hold), 0x90: .refused(.hold), 0x99: .refused(.hold),
        ]
        for (code, answer) in expected { #expect(MQTTUplink.Answer(reasonCode: code) == answer) }
        for code in UInt8.min...UInt8.max {
            let isRefused = if case .refused = MQTTUplink.Answer(reasonCode: code) { true } else { false }
            #expect(isRefused == (code >= 0x80))
        }
    }
}
