import Profiles
import Testing
import Wire

@Suite struct RegistryTests {
    @Test("The registry is sorted, and its names are unique")
    func order() {
        let names = ProfileRegistry.all.map { $0.name }
        #expect(names == names.sorted())
        #expect(Set(names).count == names.count)
    }

    @Test("No two profiles claim the same frames")
    func addresses() {
        #expect(Set(ProfileRegistry.all.map { $0.address }).count == ProfileRegistry.all.count)
    }

    @Test("A profile is found by its name and by its frames", arguments: LawTests.names)
    func lookup(name: String) throws {
        let profile = try #require(ProfileRegistry.named(name))
        let found: (any SensorProfile.Type)? =
            switch profile.address {
            case .antPlus(let type, _): ProfileRegistry.antPlus(deviceType: type)
            case .antPlusCommon: CommonPages.self
            case .characteristic(let uuid, _): ProfileRegistry.characteristic(uuid)
            case .advertisement: Advertisement.self
            case .manufacturerData(let company, let counts):
                ProfileRegistry.manufacturerData(company: company, count: counts.upperBound)
            }
        #expect(try #require(found).name == name)
    }

    @Test("What no profile claims is not found")
    func unknown() {
        #expect(ProfileRegistry.antPlus(deviceType: 0) == nil)
        #expect(ProfileRegistry.characteristic(AttributeUUID(0x2A00)) == nil)
        #expect(ProfileRegistry.manufacturerData(company: 0x006B, count: 5) == nil)
        #expect(ProfileRegistry.manufacturerData(company: 0x004C, count: 4) == nil)
        #expect(ProfileRegistry.named("ant.hr ") == nil)
    }
}
