#ifndef CELLBRIDGE_CLINUX_H
#define CELLBRIDGE_CLINUX_H
/* The kernel interfaces that Swift's Glibc module leaves out. */
#include <errno.h>
#include <fcntl.h>
#include <linux/can.h>
#include <linux/can/error.h>
#include <linux/can/raw.h>
#include <net/if.h>
#include <pty.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <time.h>

/* ioctl(2) is variadic, which Swift cannot call: one typed function a request. */
static inline int cellbridge_set_exclusive(int descriptor) { return ioctl(descriptor, TIOCEXCL); }
static inline int cellbridge_output_queued(int descriptor, int *count) { return ioctl(descriptor, TIOCOUTQ, count); }

/* A pseudo-terminal made with close-on-exec from the start, which openpty(3) cannot. */
static inline int cellbridge_unlock_slave(int master) { int no = 0; return ioctl(master, TIOCSPTLCK, &no); }
static inline int cellbridge_slave_number(int master, int *number) { return ioctl(master, TIOCGPTN, number); }

/* prctl(2) is variadic too; the kernel keeps 15 bytes of the name. */
static inline int cellbridge_name_this_thread(const char *name) { return prctl(PR_SET_NAME, name); }
#endif
