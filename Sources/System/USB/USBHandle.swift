internal import CUSB
internal import Glibc

/// An open device: descriptor, libusb's context and handle, the claimed interface, its transfers.
///
/// Each has a context of its own, so that its few descriptors never change while it is open. libusb looks for
/// no devices and starts no thread.
///
/// Unchecked, because one thread at a time has it: the USB thread while it opens and closes, the reactor in
/// between. The one call that both make at once, clearing a halt, libusb guards itself.
///
/// - Source: libusb.h of 1.0.26. `libusb_wrap_sys_device` asks the device for its configuration, so it may
///   block as any request may.
final class USBHandle: @unchecked Sendable {
    /// What is on the first interface.
    struct Endpoints {
        var input: UInt8
        var output: UInt8
        /// Bytes of the largest packet of the input.
        var packetSize: Int
    }

    let port: USBPort
    private(set) var endpoints = Endpoints(input: 0, output: 0, packetSize: 0)
    private var descriptor: Int32
    private(set) var context: OpaquePointer?
    private(set) var device: OpaquePointer?
    private var isClaimed = false
    private var transfers: [UnsafeMutablePointer<libusb_transfer>] = []

    /// Opens what is plugged in at the port's path now, takes its first interface from whatever driver has
    /// it, and clears what an earlier user left in its endpoints. Blocks.
    ///
    /// - Throws: `gone` also when another device is plugged in there.
    init(_ port: USBPort) throws(USBError) {
        guard let now = USBPort(path: port.path), now.isSameDevice(as: port) else { throw .gone }
        self.port = now
        descriptor = open(now.node, O_RDWR | O_CLOEXEC)
        guard descriptor >= 0 else {
            let error = USBError(errno: errno, node: now.node)
            throw error == .gone && USBPort(path: port.path) == now ? .hidden(node: now.node) : error
        }
        do throws(USBError) {
            try check(usb_set_no_device_discovery())
            try check(libusb_init(&context))
            try check(libusb_wrap_sys_device(context, Int(descriptor), &device))
            endpoints = try findEndpoints()
            try claim()
            try join(endpoints.input)
            try join(endpoints.output)
        } catch {
            close()
            throw error
        }
    }

    deinit { close() }

    /// Gives everything back. Blocks for a moment. Transfers still under way end with the descriptor.
    func close() {
        if isClaimed { libusb_release_interface(device, 0) }
        if let device { libusb_close(device) }
        for transfer in transfers {
            free(transfer.pointee.buffer)
            libusb_free_transfer(transfer)
        }
        if let context { libusb_exit(context) }
        if descriptor >= 0 { Glibc.close(descriptor) }
        (isClaimed, device, context, descriptor) = (false, nil, nil, -1)
        transfers.removeAll()
    }

    /// A bulk transfer with a buffer of `size` bytes. It and its buffer live until ``close()``.
    func makeTransfer(size: Int) throws(USBError) -> UnsafeMutablePointer<libusb_transfer> {
        guard let transfer = libusb_alloc_transfer(0) else { throw .io(ENOMEM) }
        guard let buffer = malloc(size) else {
            libusb_free_transfer(transfer)
            throw .io(ENOMEM)
        }
        transfer.pointee.buffer = buffer.assumingMemoryBound(to: UInt8.self)
        transfer.pointee.length = Int32(size)
        transfer.pointee.dev_handle = device
        transfer.pointee.type = UInt8(LIBUSB_TRANSFER_TYPE_BULK.rawValue)
        transfers.append(transfer)
        return transfer
    }

    /// The descriptors that libusb waits for, and for what.
    var pollDescriptors: [(descriptor: Int32, events: UInt32)] {
        guard let list = libusb_get_pollfds(context) else { return [] }
        defer { libusb_free_pollfds(list) }
        var found: [(Int32, UInt32)] = []
        var next = list
        while let entry = next.pointee {
            found.append((entry.pointee.fd, UInt32(UInt16(bitPattern: entry.pointee.events))))
            next += 1
        }
        return found
    }

    /// Whether libusb's descriptors also tell when a transfer has timed out.
    var tellsTimeouts: Bool { libusb_pollfds_handle_timeouts(context) == 1 }

    /// Lets libusb call back for what has ended. Does not wait.
    func handleEvents() -> Int32 {
        var zero = timeval()
        return libusb_handle_events_timeout_completed(context, &zero, nil)
    }

    /// Clears a halt of the input. Blocks.
    func clearHalt() -> USBError? {
        let code = libusb_clear_halt(device, endpoints.input)
        return code < 0 ? USBError(libusb: code, node: port.node) : nil
    }

    private func claim() throws(USBError) {
        if libusb_kernel_driver_active(device, 0) == 1 {
            let driver = USBPort.driver(of: port.path)
            // A driver that cannot be detached shows below, when the interface cannot be claimed.
            guard libusb_detach_kernel_driver(device, 0) >= 0 else { throw .busy(driver: driver) }
        }
        let code = libusb_claim_interface(device, 0)
        if code == LIBUSB_ERROR_BUSY.rawValue {
            let driver = USBPort.driver(of: port.path)
            throw .busy(driver: driver == "usbfs" ? nil : driver)
        }
        try check(code)
        isClaimed = true
    }

    /// Clears an endpoint: a program that was killed leaves the data toggles of both ends apart. A device
    /// that cannot do this is fine; one that does not even answer hangs.
    private func join(_ endpoint: UInt8) throws(USBError) {
        let code = libusb_clear_halt(device, endpoint)
        guard code < 0 else { return }
        if errno == ETIMEDOUT { throw .timedOut }
        if code == LIBUSB_ERROR_NO_DEVICE.rawValue { throw .gone }
    }

    private func findEndpoints() throws(USBError) -> Endpoints {
        var configuration: UnsafeMutablePointer<libusb_config_descriptor>?
        try check(libusb_get_config_descriptor(libusb_get_device(device), 0, &configuration))
        defer { libusb_free_config_descriptor(configuration) }
        var found = Endpoints(input: 0, output: 0, packetSize: 0)
        if let configuration, configuration.pointee.bNumInterfaces > 0,
            let interface = configuration.pointee.interface, interface.pointee.num_altsetting > 0,
            let setting = interface.pointee.altsetting, let list = setting.pointee.endpoint
        {
            for endpoint in UnsafeBufferPointer(start: list, count: Int(setting.pointee.bNumEndpoints)) {
                guard endpoint.bmAttributes & 3 == UInt8(LIBUSB_TRANSFER_TYPE_BULK.rawValue) else { continue }
                if endpoint.bEndpointAddress & 0x80 == 0 {
                    if found.output == 0 { found.output = endpoint.bEndpointAddress }
                } else if found.input == 0 {
                    found.input = endpoint.bEndpointAddress
                    // Bits 11 and 12 count packets in a microframe.
                    found.packetSize = Int(endpoint.wMaxPacketSize & 0x7FF)
                }
            }
        }
        guard found.input != 0, found.output != 0, found.packetSize > 0 else {
            throw .unsupported("it has no pair of bulk endpoints")
        }
        return found
    }

    private func check(_ code: Int32) throws(USBError) {
        guard code < 0 else { return }
        throw USBError(libusb: code, node: port.node)
    }
}
