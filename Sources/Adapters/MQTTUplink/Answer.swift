public import Outbox

extension MQTTUplink {
    /// What a PUBACK means for delivery.
    public enum Answer: Hashable, Sendable {
        case delivered
        /// Delivered, but nobody has subscribed: worth telling once per change.
        case deliveredToNobody
        case refused(Outbox.Refusal)

        /// From the reason code of a PUBACK; MQTT 3.1.1 has none, which is 0.
        ///
        /// - Source: MQTT 5.0 section 3.4.2.1. 0x90 (topic name) and 0x99 (payload format) blame the message,
        ///   0x87 and 0x95 (too large) blame the set-up: none of them passes by itself. Anything else may.
        public init(reasonCode: UInt8) {
            self =
                switch reasonCode {
                case 0x10: .deliveredToNobody
                case 0x00..<0x80: .delivered
                case 0x87, 0x90, 0x95, 0x99: .refused(.hold)
                default: .refused(.retry)
                }
        }
    }
}
