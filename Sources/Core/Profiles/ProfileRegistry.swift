/// Every sensor profile that the gateway understands. A new profile is one file and one line here.
public enum ProfileRegistry {
    /// Sorted by name.
    public static let all: [any SensorProfile.Type] = []
}
