import BLEHost
import Testing

@Suite struct ServiceVersionTests {
    @Test("The version stands in the identity of an adapter, and known trouble is told for it alone")
    func version() throws {
        let version = try #require(ServiceVersion(modalias: "usb:v1D6Bp0246d0542"))
        #expect(version.description == "5.66")
        #expect(version.trouble?.contains("745") == true)
        let newer = try #require(ServiceVersion(modalias: "usb:v1D6Bp0246d0545"))
        #expect(version < newer)
        #expect(newer.trouble == nil)
    }

    @Test(
        "An identity of somebody else, or a damaged one, is no version",
        arguments: [
            "usb:v05ACp8290d0150", "bluetooth:v1D6Bp0246d0542", "usb:v1D6Bp0246d", "usb:v1D6Bp0246d054", "",
            "usb:v1D6Bp0246d05zz",
        ]
    )
    func foreign(modalias: String) {
        #expect(ServiceVersion(modalias: modalias) == nil)
    }
}
