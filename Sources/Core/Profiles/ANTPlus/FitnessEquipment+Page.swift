public import Wire

extension FitnessEquipment {
    /// What the eight bytes of one page say.
    public enum Page: DecodedPage {
        case general(ANTPage)
        case settings(ANTPage)
        case metabolism(ANTPage)
        /// Treadmill, elliptical, stationary bike, rower, climber or Nordic skier.
        case machine(ANTPage)
        case trainer(ANTPage)
        case trainerTorque(ANTPage)
        case capabilities(ANTPage)
        case common(CommonPages.Page)

        public init(_ payload: Payload) throws(DecodeFailure) {
            let bytes = try Self.bytes(of: payload)
            switch bytes[0] {
            case 16: self = .general(bytes)
            case 17: self = .settings(bytes)
            case 18: self = .metabolism(bytes)
            case 19...24: self = .machine(bytes)
            case 25: self = .trainer(bytes)
            case 26: self = .trainerTorque(bytes)
            case 54: self = .capabilities(bytes)
            case CommonPages.numbers: self = .common(try CommonPages.Page(payload))
            case let number: throw .unknownPage(number)
            }
        }

        /// m/s, or `nil` when not known.
        static func speed(of bytes: ANTPage) -> Double? {
            bytes.uint16(at: 4).unless(0xFFFF).map { Double($0) / 1000 }
        }

        /// m, or `nil` from equipment that does not count it.
        static func distance(of bytes: ANTPage) -> UInt8? { bytes[7] & 0x04 != 0 ? bytes[3] : nil }

        /// W, of page 25, or `nil` when not known.
        static func trainerPower(of bytes: ANTPage) -> UInt16? {
            (bytes.uint16(at: 5) & 0x0FFF).unless(0x0FFF)
        }

        public func describe(to fields: inout FieldList, context: PageContext) {
            switch self {
            case .general(let bytes): Self.describeGeneral(bytes, to: &fields)
            case .settings(let bytes):
                fields.add("page", bytes[0])
                fields.add("cycle_length_m", bytes[3].unless(0xFF).map { Double($0) / 100 })
                fields.add("incline_pct", bytes.int16(at: 4).unless(.max).map { Double($0) / 100 })
                fields.add("resistance_pct", bytes[6].unless(0xFF).map { Double($0) / 2 })
                Self.describeState(bytes, to: &fields)
            case .metabolism(let bytes):
                fields.add("page", bytes[0])
                fields.add("met", bytes.uint16(at: 2).unless(0xFFFF).map { Double($0) / 100 })
                fields.add("caloric_burn_kcal_h", bytes.uint16(at: 4).unless(0xFFFF).map { Double($0) / 10 })
                fields.add("calories_kcal", bytes[6])
                Self.describeState(bytes, to: &fields)
            case .machine(let bytes): Self.describeMachine(bytes, to: &fields)
            case .trainer(let bytes): Self.describeTrainer(bytes, to: &fields)
            case .trainerTorque(let bytes):
                fields.add("page", bytes[0])
                fields.add("event_count", bytes[1])
                fields.add("wheel_ticks", bytes[2])
                fields.add("period_s", Double(bytes.uint16(at: 3)) / 2048)
                fields.add("torque_nm_acc", Double(bytes.uint16(at: 5)) / 32)
                Self.describeState(bytes, to: &fields)
            case .capabilities(let bytes):
                fields.add("page", bytes[0])
                fields.add("max_resistance_n", bytes.uint16(at: 5).unless(0xFFFF))
                fields.add("basic_resistance", bytes[7] & 0x01 != 0)
                fields.add("target_power", bytes[7] & 0x02 != 0)
                fields.add("simulation", bytes[7] & 0x04 != 0)
            case .common(let page): page.describe(to: &fields, context: context)
            }
        }

        private static func describeState(_ bytes: ANTPage, to fields: inout FieldList) {
            let names = ["reserved", "off", "ready", "in_use", "paused"]
            fields.add("state", names.name(of: bytes[7] >> 4 & 0x07))
            fields.add("lap", bytes[7] & 0x80 != 0)
        }

        private static func describeGeneral(_ bytes: ANTPage, to fields: inout FieldList) {
            let kinds = [
                "treadmill", "elliptical", "reserved", "rower", "climber", "nordic", "trainer",
            ]
            fields.add("page", bytes[0])
            fields.add("equipment_type", kinds.name(of: bytes[1], from: 19))
            fields.add("elapsed_s", Double(bytes[2]) / 4)
            fields.add("distance_m", distance(of: bytes))
            fields.add("speed_mps", speed(of: bytes))
            fields.add("hr_bpm", bytes[6].unless(0xFF))
            fields.add("hr_source", ["none", "ant", "em", "hand"].name(of: bytes[7] & 0x03))
            fields.add("distance_enabled", bytes[7] & 0x04 != 0)
            fields.add("virtual_speed", bytes[7] & 0x08 != 0)
            describeState(bytes, to: &fields)
        }

        private static func describeMachine(_ bytes: ANTPage, to fields: inout FieldList) {
            fields.add("page", bytes[0])
            switch bytes[0] {
            case 20:
                fields.add("pos_vertical_m", Double(bytes[2]) / 10)
                fields.add("stride_count", bytes[3])
            case 22: fields.add("stroke_count", bytes[3])
            case 23, 24: fields.add("stride_count", bytes[3])
            default: break
            }
            fields.add(bytes[0] == 21 ? "cadence_rpm" : "cadence_spm", bytes[4].unless(0xFF))
            if bytes[0] == 19 {
                fields.add("neg_vertical_m", Double(bytes[5]) / 10)
                fields.add("pos_vertical_m", Double(bytes[6]) / 10)
            } else {
                fields.add("power_w", bytes.uint16(at: 5).unless(0xFFFF))
            }
            describeState(bytes, to: &fields)
        }

        private static func describeTrainer(_ bytes: ANTPage, to fields: inout FieldList) {
            fields.add("page", bytes[0])
            fields.add("event_count", bytes[1])
            fields.add("cadence_rpm", bytes[2].unless(0xFF))
            fields.add("accumulated_power_w", bytes.uint16(at: 3))
            fields.add("power_w", trainerPower(of: bytes))
            fields.add("power_cal_required", bytes[6] & 0x10 != 0)
            fields.add("resistance_cal_required", bytes[6] & 0x20 != 0)
            fields.add("user_config_required", bytes[6] & 0x40 != 0)
            let names = ["at_target", "too_slow", "too_fast", "undetermined"]
            fields.add("target_power_limit", names.name(of: bytes[7] & 0x03))
            describeState(bytes, to: &fields)
        }
    }
}
