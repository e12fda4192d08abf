#ifndef CELLBRIDGE_CLINUX_H
#define CELLBRIDGE_CLINUX_H
/* The kernel interfaces that Swift's Glibc module leaves out. */
#include <errno.h>
#include <fcntl.h>
#include <linux/can.h>
#include <linux/can/error.h>
#include <linux/can/raw.h>
#include <malloc.h>
#include <net/if.h>
#include <pty.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <sys/timex.h>
#include <time.h>

/* ioctl(2) is variadic, which Swift cannot call: one typed function a request. */
static inline int cellbridge_set_exclusive(int descriptor) { return ioctl(descriptor, TIOCEXCL); }
static inline int cellbridge_output_queued(int descriptor, int *count) { return ioctl(descriptor, TIOCOUTQ, count); }

/* A pseudo-terminal made with close-on-exec from the start, which openpty(3) cannot. */
static inline int cellbridge_unlock_slave(int master) { int no = 0; return ioctl(master, TIOCSPTLCK, &no); }
static inline int cellbridge_slave_number(int master, int *number) { return ioctl(master, TIOCGPTN, number); }

/* The size of a terminal in characters. */
static inline int cellbridge_window_size(int descriptor, unsigned short *rows, unsigned short *columns) {
    struct winsize size;
    if (ioctl(descriptor, TIOCGWINSZ, &size) != 0) return -1;
    *rows = size.ws_row;
    *columns = size.ws_col;
    return 0;
}

/* Whether the kernel's clock is kept by NTP: 1, 0 when it is not, -1 when it does not say. Sets nothing. */
static inline int cellbridge_clock_is_synchronised(void) {
    struct timex state = {0};
    int result = adjtimex(&state);
    return result < 0 ? -1 : result != TIME_ERROR && !(state.status & STA_UNSYNC);
}

/* Flags of signalfd(2) as a plain number. */
static const int cellbridge_signal_flags = SFD_CLOEXEC | SFD_NONBLOCK;

/* prctl(2) is variadic too; the kernel keeps 15 bytes of the name. */
static inline int cellbridge_name_this_thread(const char *name) { return prctl(PR_SET_NAME, name); }

/* Socket types as plain numbers: as an enumeration they belong to whichever C module the compiler loads first. */
static const int cellbridge_stream_socket = SOCK_STREAM;
static const int cellbridge_datagram_socket = SOCK_DGRAM | SOCK_CLOEXEC;
static const int cellbridge_no_signal = MSG_NOSIGNAL;
static const int cellbridge_raw_socket = SOCK_RAW;
static const int cellbridge_sequenced_socket = SOCK_SEQPACKET;
static const int cellbridge_socket_flags = SOCK_NONBLOCK | SOCK_CLOEXEC;

/* accept4(2) is declared for _GNU_SOURCE alone. */
int accept4(int descriptor, struct sockaddr *address, socklen_t *length, int flags);
static inline int cellbridge_accept(int listener) {
    return accept4(listener, 0, 0, SOCK_NONBLOCK | SOCK_CLOEXEC);
}
#endif
