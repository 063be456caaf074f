public import ANTHost
public import Reactor
public import Wire

/// The way to one plugged stick. The USB bus has one, tests have others.
///
/// `open`, `reset` and `cyclePower` are answered by ``StickEvent/opened`` or
/// ``StickEvent/failed(_:reason:)``, never from inside the call; each replaces what was asked for before and
/// has not been answered. After a failure the port is closed.
@Reactor
public protocol StickPort: AnyObject {
    /// Hears what happens. Without one, nobody does.
    var listener: (@Reactor (StickEvent) -> Void)? { get set }
    func open()
    /// Bytes for the stick, in order; dropped while the port is not open or too many wait.
    func send(_ bytes: [UInt8])
    /// Not answered. Nothing is told until the next call.
    func close()
    /// Closes the port, resets the device and opens it again.
    func reset()
    /// Closes the port, takes the power from the device for a moment and opens it again.
    func cyclePower()
}

public enum StickEvent {
    case opened
    /// One bulk transfer, valid during the call, and when it arrived.
    case received(UnsafeRawBufferPointer, at: Instant)
    case failed(PortFailure, reason: String)
}
