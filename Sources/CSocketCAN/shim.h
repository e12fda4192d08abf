#ifndef CELLBRIDGE_CSOCKETCAN_H
#define CELLBRIDGE_CSOCKETCAN_H
#include <libsocketcan.h>
#include <linux/capability.h>
#include <net/if.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

/* ioctl(2) is variadic and its request a struct of unions: one typed function a question. -1 and errno on failure. */
static inline int cellbridge_ask_interface(int socket, const char *name, unsigned long question, struct ifreq *answer) {
    memset(answer, 0, sizeof *answer);
    strncpy(answer->ifr_name, name, IFNAMSIZ - 1);
    return ioctl(socket, question, answer);
}

/* The hardware type (ARPHRD_...) of a network interface. */
static inline int cellbridge_interface_type(int socket, const char *name) {
    struct ifreq answer;
    return cellbridge_ask_interface(socket, name, SIOCGIFHWADDR, &answer) ? -1 : answer.ifr_hwaddr.sa_family;
}

/* The flags (IFF_...) of a network interface. */
static inline int cellbridge_interface_flags(int socket, const char *name) {
    struct ifreq answer;
    return cellbridge_ask_interface(socket, name, SIOCGIFFLAGS, &answer) ? -1 : (unsigned short)answer.ifr_flags;
}

/* Whether this thread may set up network interfaces (CAP_NET_ADMIN). */
static inline int cellbridge_may_administer_network(void) {
    struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
    struct __user_cap_data_struct sets[_LINUX_CAPABILITY_U32S_3] = {{0}};
    if (syscall(SYS_capget, &header, sets) != 0) return 0;
    return (sets[CAP_TO_INDEX(CAP_NET_ADMIN)].effective & CAP_TO_MASK(CAP_NET_ADMIN)) != 0;
}
#endif
