public import Wire

extension BikePower {
    /// What the eight bytes of one page say.
    public enum Page: DecodedPage {
        case calibration(ANTPage)
        case parameters(ANTPage)
        case measurement(ANTPage)
        case power(ANTPage)
        case wheelTorque(ANTPage)
        case crankTorque(ANTPage)
        case effectiveness(ANTPage)
        case torqueFrequency(ANTPage)
        case common(CommonPages.Page)

        public init(_ payload: Payload) throws(DecodeFailure) {
            let bytes = try Self.bytes(of: payload)
            switch bytes[0] {
            case 1: self = .calibration(bytes)
            case 2: self = .parameters(bytes)
            case 3: self = .measurement(bytes)
            case 16: self = .power(bytes)
            case 17: self = .wheelTorque(bytes)
            case 18: self = .crankTorque(bytes)
            case 19: self = .effectiveness(bytes)
            case 32: self = .torqueFrequency(bytes)
            case CommonPages.numbers: self = .common(try CommonPages.Page(payload))
            case let number: throw .unknownPage(number)
            }
        }

        /// The zero offset of a torque-frequency sensor, Hz, when this calibration page tells it.
        static func zeroOffset(of bytes: ANTPage) -> UInt16? {
            bytes[1] == 0x10 && bytes[2] == 1 ? bytes.uint16(at: 6).byteSwapped : nil
        }

        public func describe(to fields: inout FieldList, context: PageContext) {
            switch self {
            case .calibration(let bytes): Self.describeCalibration(bytes, to: &fields)
            case .parameters(let bytes):
                fields.add("page", bytes[0])
                fields.add("subpage", bytes[1])
                if bytes[1] == 1 {
                    fields.add("crank_length_mm", bytes[4] < 0xFE ? 110 + Double(bytes[4]) / 2 : nil)
                }
            case .measurement(let bytes):
                fields.add("page", bytes[0])
                fields.add("data_types", bytes[1] & 0x0F)
                fields.add("measurement_type", bytes[2])
                fields.add("timestamp_s", Double(bytes.uint16(at: 4)) / 2048)
                let scale = Int8(bitPattern: bytes[3])
                fields.add("value", Double(bytes.int16(at: 6)) * Self.powerOfTwo(scale))
            case .power(let bytes): Self.describePower(bytes, to: &fields)
            case .wheelTorque(let bytes), .crankTorque(let bytes): Self.describeTorque(bytes, to: &fields)
            case .effectiveness(let bytes): Self.describeEffectiveness(bytes, to: &fields)
            case .torqueFrequency(let bytes):
                fields.add("page", bytes[0])
                fields.add("event_count", bytes[1])
                fields.add("slope_nm_per_hz", Double(bytes.uint16(at: 2).byteSwapped) / 10)
                fields.add("time_s", Double(bytes.uint16(at: 4).byteSwapped) / 2000)
                fields.add("torque_ticks", bytes.uint16(at: 6).byteSwapped)
            case .common(let page): page.describe(to: &fields, context: context)
            }
        }

        private static func powerOfTwo(_ exponent: Int8) -> Double {
            Double(sign: .plus, exponent: Int(exponent), significand: 1)
        }

        private static func describePower(_ bytes: ANTPage, to fields: inout FieldList) {
            let share = bytes[2].unless(0xFF)
            fields.add("page", bytes[0])
            fields.add("event_count", bytes[1])
            fields.add("pedal_power_pct", share.map { $0 & 0x7F })
            if let share {
                fields.add("pedal_power_is_right", share & 0x80 != 0)
            } else {
                fields.add("pedal_power_is_right", .null)
            }
            fields.add("cadence_rpm", bytes[3].unless(0xFF))
            fields.add("accumulated_power_w", bytes.uint16(at: 4))
            fields.add("power_w", bytes.uint16(at: 6))
        }

        private static func describeTorque(_ bytes: ANTPage, to fields: inout FieldList) {
            fields.add("page", bytes[0])
            fields.add("event_count", bytes[1])
            fields.add("ticks", bytes[2])
            fields.add("cadence_rpm", bytes[3].unless(0xFF))
            fields.add("period_s", Double(bytes.uint16(at: 4)) / 2048)
            fields.add("torque_nm_acc", Double(bytes.uint16(at: 6)) / 32)
        }

        private static func describeEffectiveness(_ bytes: ANTPage, to fields: inout FieldList) {
            func percent(_ index: Int) -> Double? { bytes[index].unless(0xFF).map { Double($0) / 2 } }
            let isCombined = bytes[5] == 0xFE
            fields.add("page", bytes[0])
            fields.add("event_count", bytes[1])
            fields.add("left_te_pct", percent(2))
            fields.add("right_te_pct", percent(3))
            fields.add("left_ps_pct", percent(4))
            fields.add("right_ps_pct", isCombined ? nil : percent(5))
            fields.add("combined_ps", isCombined)
        }

        private static func describeCalibration(_ bytes: ANTPage, to fields: inout FieldList) {
            fields.add("page", bytes[0])
            let name: String? =
                switch bytes[1] {
                case 0x10: "ctf"
                case 0x12: "auto_zero_support"
                case 0xAA: "request"
                case 0xAB: "auto_zero"
                case 0xAC: "success"
                case 0xAF: "fail"
                case 0xBA: "custom_request"
                case 0xBB: "custom"
                case 0xBC: "custom_update_request"
                case 0xBD: "custom_update"
                default: nil
                }
            fields.add("calibration_id", name ?? "reserved")
            switch bytes[1] {
            case 0x10:
                let names: [UInt8: String] = [1: "zero_offset", 2: "slope", 3: "serial", 0xAC: "ack"]
                fields.add("ctf_id", names[bytes[2]] ?? "reserved")
                fields.add("ctf_value", bytes.uint16(at: 6).byteSwapped)
            case 0x12:
                fields.add("auto_zero_supported", bytes[2] & 0x01 != 0)
                fields.add("auto_zero", bytes[2] & 0x02 != 0 ? "on" : "off")
            case 0xAB: fields.add("auto_zero", autoZero(bytes[2]))
            case 0xAC, 0xAF:
                fields.add("auto_zero", autoZero(bytes[2]))
                fields.add("calibration_data", bytes.int16(at: 6))
            case 0xBA...0xBD:
                let data = (2...7).reduce(UInt64(0)) { $0 << 8 | UInt64(bytes[$1]) }
                fields.add("calibration_parameters", Hex.text(data, digits: 12))
            default: break
            }
        }

        private static func autoZero(_ state: UInt8) -> String? {
            state.unless(0xFF).map { ["off", "on"].name(of: $0) }
        }
    }
}
