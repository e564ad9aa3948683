#pragma once
// What Glibc offers and Swift's Glibc module does not import. Every call answers -errno on failure:
// `errno` itself is read at once, here, where nothing can change it in between.
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/types.h>

int csys_epoll_create(void);
int csys_epoll_add(int epoll_fd, int fd, uint32_t events, uint64_t token);
int csys_epoll_modify(int epoll_fd, int fd, uint32_t events, uint64_t token);
int csys_epoll_remove(int epoll_fd, int fd);
int csys_epoll_wait(int epoll_fd, struct epoll_event *events, int events_max, int timeout_ms);
static inline uint64_t csys_event_token(const struct epoll_event *event) { return event->data.u64; }

int csys_eventfd(void);
void csys_eventfd_signal(int fd);
void csys_eventfd_clear(int fd);

/// A listening TCP socket, non-blocking. `host` is a numeric address. Port 0 lets the kernel choose.
int csys_listen(const char *host, uint16_t port, int backlog);
/// An accepted client socket, non-blocking, with TCP_NODELAY.
int csys_accept(int listen_fd);
/// Has a listening socket drop whatever arrives, so that nobody is connected any more while those who
/// are connected are accepted.
void csys_refuse_clients(int listen_fd);
/// Begins a non-blocking connect to a numeric address. Answers the socket.
int csys_connect(const char *host, uint16_t port);
/// The pending error of a socket (SO_ERROR), as -errno; 0 when connected.
int csys_socket_error(int fd);
int csys_local_port(int fd);
/// The numeric address at the other end, written to `out` (64 bytes suffice, with the
/// interface of a link-local one).
int csys_peer_address(int fd, char *out, size_t out_max);
ssize_t csys_recv(int fd, void *buffer, size_t count);
ssize_t csys_send(int fd, const void *buffer, size_t count);
int csys_shutdown_write(int fd);
int csys_raise_descriptor_limit(void);

uint64_t csys_monotonic_ns(void);
uint64_t csys_realtime_us(void);
/// Has SIGTERM, SIGINT and SIGHUP reported to `csys_wait_signal`, on whatever thread they arrive;
/// SIGPIPE is ignored.
void csys_watch_signals(void);
/// Waits for one of them; answers its number.
int csys_wait_signal(void);
/// Names the calling thread, at most 15 bytes.
void csys_name_thread(const char *name);
/// What the calling thread said last that it runs; NULL before.
void *csys_thread_runs(void);
void csys_set_thread_runs(void *what);
/// Starts a program, by its path, in a folder (NULL: this one's) with an environment (NULL: this
/// one's). Its standard descriptors are these, -1 for /dev/null; it has no others, ignores no signal
/// and blocks none. Answers its number, or -errno.
pid_t csys_spawn(
  const char *path, char *const *arguments, char *const *environment, const char *folder,
  int input, int output, int errors);
/// A file in memory, without a name: gone with its last descriptor.
int csys_memory_file(void);
/// Gives memory that is free back to the system.
void csys_trim_memory(void);
/// No core dumps and no ptrace by others: keys live in this process's memory.
void csys_forbid_dumps(void);

/// What a name server said about a name.
enum csys_dns_outcome {
  CSYS_DNS_FOUND = 0,
  CSYS_DNS_NXDOMAIN = 1,
  CSYS_DNS_NODATA = 2,
  CSYS_DNS_FAILURE = 3,
  CSYS_DNS_TIMEOUT = 4,
};
/// Asks one name server (a numeric address and a port) for the records of a name of one type (TXT,
/// A or AAAA by its number); blocks for some seconds at the most, and falls back to TCP for long
/// answers.
///
/// Where `zone` is given, an alias (CNAME) that leads out of it answers nothing: what stands under a
/// name in other hands says nothing of the zone. Writes each record as text, a TXT's strings put together, followed by a NUL byte; `*count` is
/// the number of bytes written. Records beyond `out_max` are left out.
int csys_dns_query(
  const char *server, uint16_t port, const char *name, int type, const char *zone, char *out,
  size_t out_max, size_t *count);
