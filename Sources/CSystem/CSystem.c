#define _GNU_SOURCE
#include "CSystem.h"
#include <arpa/inet.h>
#include <arpa/nameser.h>
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <net/if.h>
#include <netdb.h>
#include <netinet/in.h>
#include <linux/filter.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <resolv.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static int answer(int result) { return result < 0 ? -errno : result; }

int csys_epoll_create(void) { return answer(epoll_create1(EPOLL_CLOEXEC)); }

static int control(int epoll_fd, int operation, int fd, uint32_t events, uint64_t token) {
  struct epoll_event event = {.events = events, .data = {.u64 = token}};
  return answer(epoll_ctl(epoll_fd, operation, fd, &event));
}
int csys_epoll_add(int e, int fd, uint32_t events, uint64_t token) {
  return control(e, EPOLL_CTL_ADD, fd, events, token);
}
int csys_epoll_modify(int e, int fd, uint32_t events, uint64_t token) {
  return control(e, EPOLL_CTL_MOD, fd, events, token);
}
int csys_epoll_remove(int e, int fd) { return control(e, EPOLL_CTL_DEL, fd, 0, 0); }
int csys_epoll_wait(int e, struct epoll_event *events, int max, int timeout_ms) {
  return answer(epoll_wait(e, events, max, timeout_ms));
}

int csys_eventfd(void) { return answer(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)); }
void csys_eventfd_signal(int fd) {
  uint64_t one = 1;
  ssize_t ignored = write(fd, &one, sizeof one);
  (void)ignored;
}
void csys_eventfd_clear(int fd) {
  uint64_t count;
  ssize_t ignored = read(fd, &count, sizeof count);
  (void)ignored;
}

static struct addrinfo *numeric(const char *host, uint16_t port, int *error) {
  struct addrinfo hints = {.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV, .ai_socktype = SOCK_STREAM};
  struct addrinfo *found = NULL;
  char service[8];
  snprintf(service, sizeof service, "%u", port);
  *error = getaddrinfo(host, service, &hints, &found) ? -EADDRNOTAVAIL : 0;
  return found;
}

int csys_listen(const char *host, uint16_t port, int backlog) {
  int error;
  struct addrinfo *address = numeric(host, port, &error);
  if (error) return error;
  int fd = socket(address->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  int on = 1;
  int result = fd < 0 ? -errno : 0;
  if (fd >= 0) {
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(fd, address->ai_addr, address->ai_addrlen) < 0 || listen(fd, backlog) < 0) {
      result = -errno;
      close(fd);
    }
  }
  freeaddrinfo(address);
  return result < 0 ? result : fd;
}

int csys_accept(int listen_fd) {
  int fd = accept4(listen_fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
  if (fd < 0) return -errno;
  int on = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  // A slow reader is seen to read: the socket asks for more as soon as it has little left to send.
  int unsent = 64 * 1024;
  setsockopt(fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, &unsent, sizeof unsent);
  return fd;
}

void csys_refuse_clients(int listen_fd) {
  // A filter of one instruction: keep no byte of any packet.
  struct sock_filter drop = BPF_STMT(BPF_RET | BPF_K, 0);
  struct sock_fprog program = {.len = 1, .filter = &drop};
  setsockopt(listen_fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program);
}

int csys_connect(const char *host, uint16_t port) {
  int error;
  struct addrinfo *address = numeric(host, port, &error);
  if (error) return error;
  int fd = socket(address->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  int on = 1;
  int result = fd < 0 ? -errno : 0;
  if (fd >= 0) {
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (connect(fd, address->ai_addr, address->ai_addrlen) < 0 && errno != EINPROGRESS) {
      result = -errno;
      close(fd);
    }
  }
  freeaddrinfo(address);
  return result < 0 ? result : fd;
}

int csys_socket_error(int fd) {
  int error = 0;
  socklen_t length = sizeof error;
  if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length) < 0) return -errno;
  return -error;
}

int csys_local_port(int fd) {
  struct sockaddr_storage address;
  socklen_t length = sizeof address;
  if (getsockname(fd, (struct sockaddr *)&address, &length) < 0) return -errno;
  if (address.ss_family == AF_INET6) return ntohs(((struct sockaddr_in6 *)&address)->sin6_port);
  return ntohs(((struct sockaddr_in *)&address)->sin_port);
}

int csys_peer_address(int fd, char *out, size_t out_max) {
  struct sockaddr_storage address;
  socklen_t length = sizeof address;
  if (getpeername(fd, (struct sockaddr *)&address, &length) < 0) return -errno;
  int failed = getnameinfo((struct sockaddr *)&address, length, out, out_max, NULL, 0,
                           NI_NUMERICHOST);
  return failed ? -EADDRNOTAVAIL : 0;
}

ssize_t csys_recv(int fd, void *buffer, size_t count) {
  ssize_t n;
  do n = recv(fd, buffer, count, 0); while (n < 0 && errno == EINTR);
  return n < 0 ? -errno : n;
}
ssize_t csys_send(int fd, const void *buffer, size_t count) {
  ssize_t n;
  do n = send(fd, buffer, count, MSG_NOSIGNAL); while (n < 0 && errno == EINTR);
  return n < 0 ? -errno : n;
}
int csys_shutdown_write(int fd) { return answer(shutdown(fd, SHUT_WR)); }

int csys_raise_descriptor_limit(void) {
  struct rlimit limit;
  if (getrlimit(RLIMIT_NOFILE, &limit) < 0) return -errno;
  limit.rlim_cur = limit.rlim_max;
  return answer(setrlimit(RLIMIT_NOFILE, &limit));
}

uint64_t csys_monotonic_ns(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (uint64_t)t.tv_sec * 1000000000ull + (uint64_t)t.tv_nsec;
}
uint64_t csys_realtime_us(void) {
  struct timespec t;
  clock_gettime(CLOCK_REALTIME, &t);
  return (uint64_t)t.tv_sec * 1000000ull + (uint64_t)t.tv_nsec / 1000ull;
}

static int signal_pipe[2] = {-1, -1};

static void signal_received(int number) {
  unsigned char byte = (unsigned char)number;
  int saved = errno;
  ssize_t ignored = write(signal_pipe[1], &byte, 1);
  (void)ignored;
  errno = saved;
}

void csys_watch_signals(void) {
  signal(SIGPIPE, SIG_IGN);
  if (signal_pipe[0] >= 0 || pipe2(signal_pipe, O_CLOEXEC) < 0) return;
  struct sigaction action = {.sa_handler = signal_received, .sa_flags = SA_RESTART};
  sigaction(SIGTERM, &action, NULL);
  sigaction(SIGINT, &action, NULL);
  sigaction(SIGHUP, &action, NULL);
}
int csys_wait_signal(void) {
  unsigned char byte;
  ssize_t n;
  do n = read(signal_pipe[0], &byte, 1); while (n < 0 && errno == EINTR);
  return n == 1 ? byte : -1;
}
static __thread void *thread_runs;
void *csys_thread_runs(void) { return thread_runs; }
void csys_set_thread_runs(void *what) { thread_runs = what; }
void csys_name_thread(const char *name) { pthread_setname_np(pthread_self(), name); }

pid_t csys_spawn(
    const char *path, char *const *arguments, char *const *environment, const char *folder,
    int input, int output, int errors) {
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  posix_spawn_file_actions_init(&actions);
  posix_spawnattr_init(&attributes);
  int given[3] = {input, output, errors};
  for (int fd = 0; fd < 3; fd++) {
    if (given[fd] < 0)
      posix_spawn_file_actions_addopen(&actions, fd, "/dev/null", O_RDWR, 0);
    else
      posix_spawn_file_actions_adddup2(&actions, given[fd], fd);
  }
  posix_spawn_file_actions_addclosefrom_np(&actions, 3);
  if (folder) posix_spawn_file_actions_addchdir_np(&actions, folder);
  sigset_t all, none;
  sigfillset(&all);
  sigemptyset(&none);
  posix_spawnattr_setsigdefault(&attributes, &all);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
  pid_t pid = -1;
  int error = posix_spawn(
      &pid, path, &actions, &attributes, arguments, environment ? environment : environ);
  posix_spawn_file_actions_destroy(&actions);
  posix_spawnattr_destroy(&attributes);
  return error ? -error : pid;
}

int csys_memory_file(void) { return answer(memfd_create("tenure", MFD_CLOEXEC)); }

void csys_forbid_dumps(void) {
  struct rlimit none = {0, 0};
  setrlimit(RLIMIT_CORE, &none);
  prctl(PR_SET_DUMPABLE, 0);
}

/// Appends a record as text; answers the bytes used, 0 where it is left out.
static size_t append_record(ns_rr record, char *out, size_t out_max) {
  const unsigned char *data = ns_rr_rdata(record), *end = data + ns_rr_rdlen(record);
  size_t used = 0;
  switch (ns_rr_type(record)) {
    case ns_t_a:
    case ns_t_aaaa: {
      int family = ns_rr_type(record) == ns_t_a ? AF_INET : AF_INET6;
      if (end - data != (family == AF_INET ? 4 : 16) || out_max < INET6_ADDRSTRLEN) return 0;
      inet_ntop(family, data, out, INET6_ADDRSTRLEN);
      return strlen(out) + 1;
    }
    case ns_t_txt:
      while (data < end) {
        size_t part = *data++;
        // A NUL inside would cut the text in two: such a record is none of ours.
        if (part > (size_t)(end - data) || used + part + 1 > out_max || memchr(data, 0, part)) {
          return 0;
        }
        memcpy(out + used, data, part);
        used += part;
        data += part;
      }
      out[used++] = 0;
      return used;
    default: return 0;
  }
}

/// Whether a name is the zone's apex or lies below it; both without the root's dot.
static bool is_within(const char *name, const char *zone) {
  size_t length = strlen(name), zone_length = strlen(zone);
  if (length && name[length - 1] == '.') length--;
  if (length < zone_length) return false;
  const char *end = name + length - zone_length;
  return strncasecmp(end, zone, zone_length) == 0 && (end == name || end[-1] == '.');
}

int csys_dns_query(
    const char *server, uint16_t port, const char *name, int type, const char *zone, char *out,
    size_t out_max, size_t *count) {
  *count = 0;
  struct __res_state state;
  memset(&state, 0, sizeof state);
  if (res_ninit(&state) != 0) return CSYS_DNS_FAILURE;
  // One server, two tries of two seconds: what it does not know in that time is no evidence.
  state.nscount = 1;
  state.retrans = 2;
  state.retry = 2;
  state.options &= ~(RES_DNSRCH | RES_DEFNAMES | RES_ROTATE);
  // As dig does: a server that answers SERVFAIL or REFUSED has answered, and is not asked until the
  // time is over.
  state.pfcode = RES_PRF_HEAD1;
  struct in_addr four;
  struct sockaddr_in6 *six = NULL;
  memset(&state.nsaddr_list[0], 0, sizeof state.nsaddr_list[0]);
  if (inet_pton(AF_INET, server, &four) == 1) {
    state.nsaddr_list[0].sin_family = AF_INET;
    state.nsaddr_list[0].sin_port = htons(port);
    state.nsaddr_list[0].sin_addr = four;
  } else {
    // fe80::1%eth0: a link-local address and the interface that it is on.
    char bare[INET6_ADDRSTRLEN] = {0};
    const char *scope = strchr(server, '%');
    size_t digits = scope ? (size_t)(scope - server) : strlen(server);
    six = calloc(1, sizeof *six);
    if (digits < sizeof bare) memcpy(bare, server, digits);
    if (!six || inet_pton(AF_INET6, bare, &six->sin6_addr) != 1) {
      free(six);
      res_nclose(&state);
      return CSYS_DNS_FAILURE;
    }
    if (scope) {
      six->sin6_scope_id = if_nametoindex(scope + 1);
      if (six->sin6_scope_id == 0) six->sin6_scope_id = (uint32_t)strtoul(scope + 1, NULL, 10);
    }
    six->sin6_family = AF_INET6;
    six->sin6_port = htons(port);
    // A family of 0 in the plain list has the extended one looked at; res_nclose frees it.
    state._u._ext.nsaddrs[0] = six;
    state._u._ext.nscount = 1;
  }

  unsigned char answer[65536];
  errno = 0;
  int length = res_nquery(&state, name, ns_c_in, type, answer, sizeof answer);
  int outcome = CSYS_DNS_FOUND;
  if (length < 0) {
    switch (state.res_h_errno) {
      case HOST_NOT_FOUND: outcome = CSYS_DNS_NXDOMAIN; break;
      case NO_DATA: outcome = CSYS_DNS_NODATA; break;
      case TRY_AGAIN: outcome = errno == ETIMEDOUT ? CSYS_DNS_TIMEOUT : CSYS_DNS_FAILURE; break;
      default: outcome = CSYS_DNS_FAILURE;
    }
  }
  res_nclose(&state);
  if (length < 0) return outcome;

  ns_msg message;
  if (ns_initparse(answer, length, &message) != 0) return CSYS_DNS_FAILURE;
  size_t used = 0;
  int records = 0;
  for (int index = 0; index < ns_msg_count(message, ns_s_an); index++) {
    ns_rr record;
    if (ns_parserr(&message, ns_s_an, index, &record) != 0) return CSYS_DNS_FAILURE;
    if (zone && ns_rr_type(record) == ns_t_cname) {
      char target[NS_MAXDNAME];
      if (ns_name_uncompress(
              ns_msg_base(message), ns_msg_end(message), ns_rr_rdata(record), target,
              sizeof target) < 0)
        return CSYS_DNS_FAILURE;
      if (!is_within(target, zone)) return CSYS_DNS_NODATA;
    }
    if (ns_rr_type(record) != type) continue;
    size_t added = append_record(record, out + used, out_max - used);
    used += added;
    records += added > 0;
  }
  *count = used;
  return records > 0 ? CSYS_DNS_FOUND : CSYS_DNS_NODATA;
}

void csys_trim_memory(void) { malloc_trim(0); }
