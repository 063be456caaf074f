/// What a sample did to an alarm.
public enum AlarmChange: Hashable, Sendable {
    case raised
    case cleared
}
