#ifndef CELLBRIDGE_CSOCKETCAN_H
#define CELLBRIDGE_CSOCKETCAN_H
#include <libsocketcan.h>
#include <net/if.h>
#include <string.h>
#include <sys/ioctl.h>

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
#endif
