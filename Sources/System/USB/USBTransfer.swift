internal import CUSB
internal import Reactor

/// One bulk transfer of libusb, used again and again: neither it nor its buffer is allocated anew. The memory
/// is the ``USBHandle``'s.
@Reactor
final class USBTransfer {
    enum Outcome { case done, stalled, gone, cancelled, timedOut, failed }

    private let transfer: UnsafeMutablePointer<libusb_transfer>
    private let capacity: Int
    private let node: String
    private(set) var isPending = false
    /// Called on the reactor when it has ended, with the transfer itself.
    var completion: (@Reactor (USBTransfer) -> Void)?

    init(_ transfer: UnsafeMutablePointer<libusb_transfer>, _ endpoint: UInt8, _ node: String) {
        (self.transfer, self.node) = (transfer, node)
        capacity = Int(transfer.pointee.length)
        transfer.pointee.endpoint = endpoint
        // The device holds this object for as long as the transfer may be under way.
        transfer.pointee.user_data = Unmanaged.passUnretained(self).toOpaque()
        transfer.pointee.callback = { transfer in
            guard let this = transfer?.pointee.user_data else { return }
            let transfer = Unmanaged<USBTransfer>.fromOpaque(this).takeUnretainedValue()
            Reactor.assumeIsolated { transfer.ended() }
        }
    }

    /// Asks for the next packet, for as long as it takes.
    func submit() throws(USBError) {
        transfer.pointee.timeout = 0
        transfer.pointee.length = Int32(capacity)
        try hand()
    }

    /// Sends `bytes`, in `timeout` milliseconds or not at all.
    ///
    /// - Precondition: They fit into the buffer, and the transfer is not under way.
    func submit(_ bytes: [UInt8], timeout: UInt32) throws(USBError) {
        precondition(bytes.count <= capacity)
        precondition(!isPending)
        for index in bytes.indices { transfer.pointee.buffer[index] = bytes[index] }
        transfer.pointee.timeout = timeout
        transfer.pointee.length = Int32(bytes.count)
        try hand()
    }

    private func hand() throws(USBError) {
        let code = libusb_submit_transfer(transfer)
        guard code >= 0 else { throw USBError(libusb: code, node: node) }
        isPending = true
    }

    /// Ends it soon; its completion says when.
    func cancel() { if isPending { libusb_cancel_transfer(transfer) } }

    /// What came, when it is done.
    var bytes: UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: transfer.pointee.buffer, count: Int(transfer.pointee.actual_length))
    }

    var outcome: Outcome {
        switch transfer.pointee.status {
        case LIBUSB_TRANSFER_COMPLETED: .done
        case LIBUSB_TRANSFER_STALL: .stalled
        case LIBUSB_TRANSFER_NO_DEVICE: .gone
        case LIBUSB_TRANSFER_CANCELLED: .cancelled
        case LIBUSB_TRANSFER_TIMED_OUT: .timedOut
        default: .failed
        }
    }

    private func ended() {
        isPending = false
        completion?(self)
    }
}
