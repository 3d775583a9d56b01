/* socket.h - what the two files of the family of sockets share: socket.c. */
#ifndef IPCGRADE_SOCKET_H
#define IPCGRADE_SOCKET_H

#include "fd.h"

#include <sys/socket.h>

/* Of the end that the descriptor is; 0 if it is no socket. */
uint32_t socket_object(int fd);
/* An integer of level SOL_SOCKET. */
int socket_option(int fd, int name);
bool socket_is_stream(int fd);
/* O_NONBLOCK */
bool socket_wants_no_wait(int fd);
/* Until when SO_RCVTIMEO or SO_SNDTIMEO lets a call wait that begins now. */
int64_t socket_patience(int fd, int name);
/* The end that has this address, or 0. */
uint32_t socket_bound_to(const struct sockaddr *at, socklen_t length);
/* Who waits at this end or at its partner looks again. */
void socket_changed(uint32_t object);
/* Of all who sent to an end that we do not know. */
struct clock **socket_unknown(void);

#endif
