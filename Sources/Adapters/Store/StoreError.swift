/// Why the store did not do what was asked. Sorted by what the caller does about it.
///
/// Whatever the case, the caller keeps its drafts and calls again later: the store opens itself again.
public enum StoreError: Error, Hashable, Sendable {
    /// No room, and nothing that may still be dropped.
    case full
    /// The store was damaged. It stands aside as `setAside`; the next call begins a new one.
    case corrupt(setAside: String)
    /// Another daemon holds the store; `holder` is its process id where the lock file names one.
    case locked(holder: Int32?)
    /// The disk or the directory refuses, in the words of the system.
    case unavailable(String)
}

extension StoreError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .full: "The disk has no room for the store, and the store has nothing to drop."
        case .corrupt(let path): "The store was damaged and stands aside as \(path)."
        case .locked(let holder?): "Another daemon, process \(holder), holds the store."
        case .locked: "Another daemon holds the store."
        case .unavailable(let reason): "The store cannot be used: \(reason)"
        }
    }
}
