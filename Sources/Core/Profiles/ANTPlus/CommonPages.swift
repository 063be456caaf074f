public import Wire

/// The ANT+ pages that every device type with page numbers shares.
///
///     page  byte 1   2         3         4      5      6         7
///      70   FF       ..        ..        ..     tx     page      command     request, from host to sensor
///      71   command  sequence  status    ..     ..     ..        ..          answer to a command
///      76   FF       FF        FF        FF     FF     sub sport sport       mode settings
///      78   FF       component hardware  manufacturer  model                 who made a component
///      79   component sw suppl. software serial number                       which one it is
///      80   FF       FF        hardware  manufacturer  model                 who made it
///      81   FF       sw suppl. software  serial number                       which one it is
///      82   FF       battery   operating time, 24 bits volt      state       how it is powered
///      83   FF       s         min       h      day    month     year        date and time
///      84   FF       field 1   field 2   value 1       value 2               measured values
///
/// - 70: tx: how often to send, bits 0-6; command 1 data page, 2 ANT-FS, 3 data page from slave, 4 set
/// - 71: status 0 pass, 1 fail, 2 not supported, 3 rejected, 4 pending
/// - 81: version = software / 10, or, with a supplement other than FF, (100·software + supplement) / 1000;
///   serial FFFFFFFF = none
/// - 82: battery: low nibble how many, high nibble which; FF = just one. Operating time in 16 s, or in 2 s
///   when bit 7 of byte 7 is set. Bytes 6-7: ``ANTPlusBattery``
/// - 83: byte 5: bits 0-4 day, 5-7 weekday; year since 2000
/// - 84: field 1 temperature, 0.01 °C; 3 relative humidity, 0.01 %; FF none; others are left alone
///
/// Pages 78 and 79 are pages 80 and 81 of a sensor of several components: low nibble how many, high nibble
/// which. They are decoded, but what a sensor is made of is not the sensor, so no reading comes of them.
/// Pages 85 (memory), 86 (paired devices) and 87 (errors) are recognised and not taken apart.
///
/// - Source: ANT+ Common Pages D00001198, as implemented in StephenHidem/AntPlus `CommonDataPages.cs`;
///   80-82 also in Loghorn/ant-plus and openant.
/// - Checked: page 81 and 71 against real frames; openant drops one byte of the operating time.
public struct CommonPages: SensorProfile {
    public static let name = "ant.common"
    public static let address = ProfileAddress.antPlusCommon

    /// The page numbers that are set aside for common pages.
    public static let numbers: ClosedRange<UInt8> = 64...95

    private var maker = News<UInt64>()
    private var product = News<UInt64>()
    private var battery = News<ANTPlusBattery>()

    public init() {}

    public mutating func update(_ page: Page, at time: Instant, into readings: inout [Reading]) {
        let bytes = page.bytes
        switch page.number {
        case 80:
            let (hardware, manufacturer, model) = (bytes[3], bytes.uint16(at: 4), bytes.uint16(at: 6))
            let all = UInt64(hardware) << 32 | UInt64(manufacturer) << 16 | UInt64(model)
            guard maker.take(all) else { return }
            readings.append(.fact(.hardware(UInt16(hardware))))
            readings.append(.fact(.manufacturer(manufacturer, isLowByte: false)))
            readings.append(.fact(.model(model)))
        case 81:
            guard product.take(UInt64(bytes.uint16(at: 2)) << 32 | UInt64(bytes.uint32(at: 4))) else {
                return
            }
            readings.append(.fact(.software(page.softwareThousandths)))
            if let serial = page.serial { readings.append(.fact(.serial(serial))) }
        case 82:
            guard battery.take(page.battery) else { return }
            if let status = page.battery.status { readings.append(.fact(.batteryStatus(status))) }
            if let voltage = page.battery.voltage { readings.append(.fact(.batteryVoltage(voltage))) }
        default: break
        }
    }
}

extension CommonPages {
    /// What the eight bytes of one common page say.
    public struct Page: DecodedPage {
        let bytes: ANTPage

        public init(_ payload: Payload) throws(DecodeFailure) {
            let bytes = try Self.bytes(of: payload)
            switch bytes[0] {
            case 70, 71, 76, 78...87: self.bytes = bytes
            case let number: throw .unknownPage(number)
            }
        }

        public var number: UInt8 { bytes[0] }

        /// Page 80: who made the sensor.
        var manufacturer: UInt16? { number == 80 ? bytes.uint16(at: 4) : nil }

        /// Page 81: the software version times 1000.
        var softwareThousandths: UInt32 {
            let main = UInt32(bytes[3]) * 100
            return bytes[2] == 0xFF ? main : main + UInt32(bytes[2])
        }

        /// Page 81: the serial number, or `nil` for a sensor that has none.
        var serial: UInt32? {
            let serial = bytes.uint32(at: 4)
            return serial == .max ? nil : serial
        }

        var battery: ANTPlusBattery { ANTPlusBattery(bytes, at: 6) }

        public func describe(to fields: inout FieldList, context: PageContext) {
            fields.add("page", number)
            switch number {
            case 70:
                fields.add("requested_page", bytes[6])
                fields.add("requested_tx", bytes[5] & 0x7F)
                let names = ["data_page", "antfs_session", "data_page_from_slave", "data_page_set"]
                fields.add("command", names.name(of: bytes[7], from: 1))
            case 71:
                fields.add("last_command", bytes[1])
                fields.add("sequence", bytes[2])
                let names = ["pass", "fail", "not_supported", "rejected", "pending"]
                fields.add("status", names.name(of: bytes[3]))
            case 76:
                fields.add("sub_sport", bytes[6])
                fields.add("sport", bytes[7])
            case 78, 80:
                if number == 78 { describeComponent(bytes[2], to: &fields) }
                fields.add("hw_revision", bytes[3])
                fields.add("manufacturer_id", bytes.uint16(at: 4))
                fields.add("model_number", bytes.uint16(at: 6))
            case 79, 81:
                if number == 79 { describeComponent(bytes[1], to: &fields) }
                fields.add("sw_version", softwareText)
                fields.add("serial", serial)
            case 82: describePower(to: &fields)
            case 83: fields.add("datetime", dateText)
            case 84:
                describeValue(bytes[2], bytes.int16(at: 4), to: &fields)
                if bytes[3] != bytes[2] { describeValue(bytes[3], bytes.int16(at: 6), to: &fields) }
            default: break
            }
        }

        private func describeComponent(_ which: UInt8, to fields: inout FieldList) {
            fields.add("component_id", which >> 4)
            fields.add("component_count", which & 0x0F)
        }

        /// The version with one decimal, or with three when there is a supplement.
        private var softwareText: String {
            let thousandths = softwareThousandths
            return bytes[2] == 0xFF
                ? "\(thousandths / 1000).\(thousandths % 1000 / 100)"
                : "\(thousandths / 1000)." + Self.padded(thousandths % 1000, to: 3)
        }

        private func describePower(to fields: inout FieldList) {
            let isSingle = bytes[2] == 0xFF
            fields.add("battery_id", isSingle ? nil : bytes[2] >> 4)
            fields.add("battery_count", isSingle ? 1 : bytes[2] & 0x0F)
            fields.add("operating_time_s", bytes.uint24(at: 3) * (bytes[7] & 0x80 == 0 ? 16 : 2))
            fields.add("voltage_v", battery.voltage)
            fields.add("status", battery.statusName)
        }

        /// As in ISO 8601, in whatever zone the sensor keeps.
        private var dateText: String {
            let date = [UInt32(bytes[6]), UInt32(bytes[5] & 0x1F)].map { Self.padded($0, to: 2) }
            let time = [bytes[4], bytes[3], bytes[2]].map { Self.padded(UInt32($0), to: 2) }
            return "\(2000 + Int(bytes[7]))-" + date.joined(separator: "-") + "T"
                + time.joined(separator: ":")
        }

        private func describeValue(_ kind: UInt8, _ value: Int16, to fields: inout FieldList) {
            switch kind {
            case 1: fields.add("temperature_c", Double(value) / 100)
            case 3: fields.add("humidity_pct", Double(UInt16(bitPattern: value)) / 100)
            default: break
            }
        }

        private static func padded(_ value: UInt32, to digits: Int) -> String {
            let text = String(value)
            return String(repeating: "0", count: max(0, digits - text.utf8.count)) + text
        }
    }
}
