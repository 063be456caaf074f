import Engine
import Testing
import Wire

/// What ids and names say about one strap on two radios; numbers of real straps.
@Suite struct StrapHintTests {
    @Test("A serial is compared whole where both sides know it whole, else by its 16 lower bits")
    func serials() {
        func hint(_ number: UInt32, _ serial: UInt32?, _ text: String) -> StrapHint {
            StrapHint.of(number: number, serial: serial, words: StrapHint.Words(serial: text))
        }
        #expect(hint(8385, nil, "5972161") == .partial)
        #expect(hint(8385, 5_972_161, "5972161") == .full)
        // Another strap of the club with the same number.
        #expect(hint(8385, 5_972_161 + 65536, "5972161") == .none)
        // The upper half FFFF is not known.
        #expect(hint(8385, 0xFFFF_0000 | 8385, "5972161") == .partial)
        // With the upper four bits of the number.
        #expect(hint(5_972_161 & 0xF_FFFF, nil, "5972161") == .full)
        #expect(hint((5_972_161 & 0xF_FFFF) ^ 0x1_0000, nil, "5972161") == .none)
        #expect(hint(8386, nil, "5972161") == .none)
        #expect(hint(8385, nil, "SN5972161") == .none)
        #expect(hint(8385, nil, "59721610000000") == .none)
    }

    @Test("A name ends with the last six digits of the number, or with the number")
    func names() {
        func hint(_ number: UInt32, _ name: String) -> StrapHint {
            StrapHint.of(number: number, serial: nil, words: StrapHint.Words(name: name))
        }
        #expect(hint(1_014_117, "HRM-Dual:014117") == .full)
        #expect(hint(14_117, "HRM-Dual:014117") == .partial)
        #expect(hint(54_321, "Strap 54321") == .partial)
        #expect(hint(9, "HR9") == .none)
        #expect(hint(54_321, "Polar H10 12345678") == .none)
        #expect(hint(54_321, "") == .none)
    }
}
