import MQTTUplink
import Outbox
import Testing

@Suite struct AnswerTests {
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

    @Test("A broker's address is written as the configuration reads it")
    func describes() {
        let name = BrokerAddress(host: "broker.example", port: 1883, usesTLS: false)
        #expect(name.description == "mqtt://broker.example:1883")
        let number = BrokerAddress(host: "fe80::1", port: 8883, usesTLS: true)
        #expect(number.description == "mqtts://[fe80::1]:8883")
    }
}
