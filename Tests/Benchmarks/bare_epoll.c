// The limit a server is measured against: two epoll loops that read whatever comes and write the
// same bytes back, without looking at the request. Usage: bare_epoll PORT
#define _GNU_SOURCE
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

static char answer[1024];
static size_t answer_length;

static void *loop(void *argument) {
  int port = *(int *)argument, on = 1;
  int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  setsockopt(listener, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on);
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port),
                                .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  if (bind(listener, (struct sockaddr *)&address, sizeof address) || listen(listener, 4096)) exit(1);
  int set = epoll_create1(0);
  struct epoll_event event = {.events = EPOLLIN, .data.fd = listener}, events[256];
  epoll_ctl(set, EPOLL_CTL_ADD, listener, &event);
  char buffer[16384];
  for (;;) {
    int count = epoll_wait(set, events, 256, -1);
    for (int i = 0; i < count; i++) {
      int fd = events[i].data.fd;
      if (fd == listener) {
        int client;
        while ((client = accept4(listener, NULL, NULL, SOCK_NONBLOCK)) >= 0) {
          setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
          struct epoll_event added = {.events = EPOLLIN | EPOLLET, .data.fd = client};
          epoll_ctl(set, EPOLL_CTL_ADD, client, &added);
        }
        continue;
      }
      ssize_t n = recv(fd, buffer, sizeof buffer, 0);
      if (n <= 0) { if (n == 0 || errno != EAGAIN) close(fd); continue; }
      if (send(fd, answer, answer_length, MSG_NOSIGNAL) < 0) close(fd);
    }
  }
}

int main(int argc, char **argv) {
  if (argc != 2) return 2;
  int port = atoi(argv[1]);
  char body[301];
  memset(body, 'x', 300);
  memcpy(body, "{\"filler\":\"", 11);
  memcpy(body + 298, "\"}", 3);
  answer_length = snprintf(answer, sizeof answer,
      "HTTP/1.1 200 OK\r\nDate: Sat, 21 Nov 2026 20:00:00 GMT\r\nContent-Length: 300\r\n"
      "Content-Type: application/json\r\n\r\n%s", body);
  pthread_t threads[2];
  for (int i = 0; i < 2; i++) pthread_create(&threads[i], NULL, loop, &port);
  pthread_join(threads[0], NULL);
}
