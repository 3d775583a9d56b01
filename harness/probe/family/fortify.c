/*
 * fortify.c - the names that calls get where a program, or a library, was compiled with
 * -D_FORTIFY_SOURCE: read becomes __read_chk, which is also told how large the buffer is.
 *
 * Each is checked as the C library would, and then goes the way of the plain call.
 */
#define PROBE_DEFINES_MEM /* memcpy is ours, not the compiler's */
#define __NO_INLINE__     1
#include "../memory.h"

/* Formats and lengths are the student's: this file only passes them on. */
#pragma GCC diagnostic ignored "-Wformat-nonliteral"

#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <wchar.h>

_Noreturn void __chk_fail(void);

static void bound(size_t n, size_t room)
{
    if (n > room)
        REAL(__chk_fail)();
}

#define CHECKED(type, name, parameters, n, room, call) \
    EXPORT type name parameters;                       \
    EXPORT type name parameters                        \
    {                                                  \
        bound(n, room);                                \
        return VIA(call);                              \
    }

/* ---- descriptors ----------------------------------------------------------------------------- */

CHECKED(ssize_t, __read_chk, (int fd, void *to, size_t n, size_t room), n, room, read(fd, to, n))
CHECKED(ssize_t, __pread_chk, (int fd, void *to, size_t n, off_t at, size_t room), n, room,
        pread(fd, to, n, at))
CHECKED(ssize_t, __pread64_chk, (int fd, void *to, size_t n, off64_t at, size_t room), n, room,
        pread64(fd, to, n, at))
CHECKED(ssize_t, __recv_chk, (int fd, void *to, size_t n, size_t room, int flags), n, room,
        recv(fd, to, n, flags))
CHECKED(ssize_t, __recvfrom_chk,
        (int fd, void *to, size_t n, size_t room, int flags, struct sockaddr *from,
         socklen_t *length),
        n, room, recvfrom(fd, to, n, flags, from, length))
CHECKED(int, __poll_chk, (struct pollfd * all, nfds_t n, int ms, size_t room), n * sizeof *all,
        room, poll(all, n, ms))
CHECKED(int, __ppoll_chk,
        (struct pollfd * all, nfds_t n, const struct timespec *time, const sigset_t *mask,
         size_t room),
        n * sizeof *all, room, ppoll(all, n, time, mask))
CHECKED(ssize_t, __readlink_chk, (const char *path, char *to, size_t n, size_t room), n, room,
        readlink(path, to, n))
/* open with a constant O_CREAT and no mode does not compile; one that is not constant ends there. */
CHECKED(int, __open_2, (const char *path, int flags), (flags & O_CREAT) != 0, 0, open(path, flags))
CHECKED(int, __open64_2, (const char *path, int flags), (flags & O_CREAT) != 0, 0,
        open(path, flags))
CHECKED(int, __openat_2, (int folder, const char *path, int flags), (flags & O_CREAT) != 0, 0,
        openat(folder, path, flags))

/* ---- memory and texts ------------------------------------------------------------------------ */

CHECKED(void *, __memcpy_chk, (void *to, const void *from, size_t n, size_t room), n, room,
        memcpy(to, from, n))
CHECKED(void *, __mempcpy_chk, (void *to, const void *from, size_t n, size_t room), n, room,
        mempcpy(to, from, n))
CHECKED(void *, __memmove_chk, (void *to, const void *from, size_t n, size_t room), n, room,
        memmove(to, from, n))
CHECKED(void *, __memset_chk, (void *to, int byte, size_t n, size_t room), n, room,
        memset(to, byte, n))
/* NOLINTBEGIN(clang-analyzer-security.insecureAPI.strcpy): bounded here */
CHECKED(char *, __strcpy_chk, (char *to, const char *from, size_t room),
        text_within(from, ANY_LENGTH) + 1, room, strcpy(to, from))
CHECKED(char *, __stpcpy_chk, (char *to, const char *from, size_t room),
        text_within(from, ANY_LENGTH) + 1, room, stpcpy(to, from))
CHECKED(char *, __strncpy_chk, (char *to, const char *from, size_t n, size_t room), n, room,
        strncpy(to, from, n))
CHECKED(char *, __stpncpy_chk, (char *to, const char *from, size_t n, size_t room), n, room,
        stpncpy(to, from, n))
CHECKED(char *, __strcat_chk, (char *to, const char *from, size_t room),
        text_within(to, ANY_LENGTH) + text_within(from, ANY_LENGTH) + 1, room, strcat(to, from))
CHECKED(char *, __strncat_chk, (char *to, const char *from, size_t n, size_t room),
        text_within(to, ANY_LENGTH) + text_within(from, n) + 1, room, strncat(to, from, n))
/* NOLINTEND(clang-analyzer-security.insecureAPI.strcpy) */
CHECKED(wchar_t *, __wcscpy_chk, (wchar_t * to, const wchar_t *from, size_t room), 0, room,
        wcscpy(to, from))
CHECKED(wchar_t *, __wmemcpy_chk, (wchar_t * to, const wchar_t *from, size_t n, size_t room), n,
        room, wmemcpy(to, from, n))

/* ---- stdio ----------------------------------------------------------------------------------- */

EXPORT char *__fgets_chk(char *to, size_t room, int n, FILE *file);
EXPORT char *__fgets_chk(char *to, size_t room, int n, FILE *file)
{
    char *r = REAL(__fgets_chk)(to, room, n, file);
    if (r && is_shared(to))
        writes(to, text_within(to, (size_t)n) + 1, CALLER);
    return r;
}

EXPORT size_t __fread_chk(void *to, size_t room, size_t size, size_t count, FILE *file);
EXPORT size_t __fread_chk(void *to, size_t room, size_t size, size_t count, FILE *file)
{
    size_t r = REAL(__fread_chk)(to, room, size, count, file);
    writes(to, r * size, CALLER);
    return r;
}

/* `flag` asks for more checks of the format; they concern %n in memory that can be written. */
#define WITH_LIST(call)     \
    va_list list;           \
    va_start(list, format); \
    int r = VIA(call);      \
    va_end(list);           \
    return r

EXPORT int __printf_chk(int flag, const char *format, ...);
EXPORT int __fprintf_chk(FILE *file, int flag, const char *format, ...);
EXPORT int __dprintf_chk(int fd, int flag, const char *format, ...);
EXPORT int __asprintf_chk(char **to, int flag, const char *format, ...);
EXPORT int __sprintf_chk(char *to, int flag, size_t room, const char *format, ...);
EXPORT int __snprintf_chk(char *to, size_t n, int flag, size_t room, const char *format, ...);
EXPORT int __vprintf_chk(int flag, const char *format, va_list list);
EXPORT int __vfprintf_chk(FILE *file, int flag, const char *format, va_list list);
EXPORT int __vdprintf_chk(int fd, int flag, const char *format, va_list list);
EXPORT int __vasprintf_chk(char **to, int flag, const char *format, va_list list);
EXPORT int __vsprintf_chk(char *to, int flag, size_t room, const char *format, va_list list);
EXPORT int __vsnprintf_chk(char *to, size_t n, int flag, size_t room, const char *format,
                           va_list list);

EXPORT int __vprintf_chk(int flag, const char *format, va_list list)
{
    (void)flag;
    return VIA(vprintf(format, list));
}

EXPORT int __vfprintf_chk(FILE *file, int flag, const char *format, va_list list)
{
    (void)flag;
    return VIA(vfprintf(file, format, list));
}

EXPORT int __vdprintf_chk(int fd, int flag, const char *format, va_list list)
{
    (void)flag;
    return VIA(vdprintf(fd, format, list));
}

EXPORT int __vasprintf_chk(char **to, int flag, const char *format, va_list list)
{
    (void)flag;
    return VIA(vasprintf(to, format, list));
}

/* How long the text is, is known when it has been made: not beyond its room. */
EXPORT int __vsprintf_chk(char *to, int flag, size_t room, const char *format, va_list list)
{
    (void)flag;
    int r = VIA(vsnprintf(to, room, format, list));
    bound(r < 0 ? 0 : (size_t)r + 1, room);
    return r;
}

EXPORT int __vsnprintf_chk(char *to, size_t n, int flag, size_t room, const char *format,
                           va_list list)
{
    (void)flag;
    bound(n, room);
    return VIA(vsnprintf(to, n, format, list));
}

EXPORT int __printf_chk(int flag, const char *format, ...)
{
    WITH_LIST(__vprintf_chk(flag, format, list));
}

EXPORT int __fprintf_chk(FILE *file, int flag, const char *format, ...)
{
    WITH_LIST(__vfprintf_chk(file, flag, format, list));
}

EXPORT int __dprintf_chk(int fd, int flag, const char *format, ...)
{
    WITH_LIST(__vdprintf_chk(fd, flag, format, list));
}

EXPORT int __asprintf_chk(char **to, int flag, const char *format, ...)
{
    WITH_LIST(__vasprintf_chk(to, flag, format, list));
}

EXPORT int __sprintf_chk(char *to, int flag, size_t room, const char *format, ...)
{
    WITH_LIST(__vsprintf_chk(to, flag, room, format, list));
}

EXPORT int __snprintf_chk(char *to, size_t n, int flag, size_t room, const char *format, ...)
{
    WITH_LIST(__vsnprintf_chk(to, n, flag, room, format, list));
}
