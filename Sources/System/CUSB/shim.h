#include <libusb.h>
#include <linux/usbdevice_fs.h>
#include <sys/ioctl.h>

/// Contexts made from now on look for no devices and start no thread. libusb_set_option(3) is variadic.
static inline int usb_set_no_device_discovery(void) {
    return libusb_set_option(NULL, LIBUSB_OPTION_NO_DEVICE_DISCOVERY);
}

/// Resets the device that `descriptor` is open on, as unplugging and plugging would. May take seconds.
static inline int usb_reset(int descriptor) { return ioctl(descriptor, USBDEVFS_RESET, 0); }
