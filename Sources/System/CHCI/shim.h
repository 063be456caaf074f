#include <bluetooth/bluetooth.h>
#include <bluetooth/hci.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

/// Fills in the adapters that the kernel has, at most `capacity`, on any HCI socket. ioctl(2) is variadic.
static inline int hci_list_adapters(int socket, struct hci_dev_info *adapters, int capacity) {
    struct { struct hci_dev_list_req head; struct hci_dev_req entries[HCI_MAX_DEV]; } list = {0};
    list.head.dev_num = HCI_MAX_DEV;
    if (ioctl(socket, HCIGETDEVLIST, &list) < 0) return -1;
    int count = 0;
    for (int i = 0; i < list.head.dev_num && count < capacity; i++) {
        struct hci_dev_info info = {.dev_id = list.head.dev_req[i].dev_id};
        // One that left meanwhile is no error.
        if (ioctl(socket, HCIGETDEVINFO, &info) < 0) continue;
        adapters[count++] = info;
    }
    return count;
}

/// Binds a raw socket to one adapter.
static inline int hci_bind_raw(int socket, unsigned short adapter) {
    struct sockaddr_hci address = {AF_BLUETOOTH, adapter, HCI_CHANNEL_RAW};
    return bind(socket, (struct sockaddr *)&address, sizeof address);
}
