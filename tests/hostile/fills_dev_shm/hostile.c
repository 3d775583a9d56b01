/* Fills /dev/shm: with bytes, then with names; then System V segments as large as they come. */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/shm.h>
#include <unistd.h>

static char block[1 << 16];

static long shm_bytes(void)
{
    long total = 0;
    for (int i = 0; i < 40; i++) {
        char name[32];
        snprintf(name, sizeof name, "/big%d", i);
        int fd = shm_open(name, O_CREAT | O_RDWR, 0600);
        for (ssize_t n; fd >= 0 && total < 1L << 30 && (n = write(fd, block, sizeof block)) > 0;)
            total += n;
        if (fd >= 0)
            close(fd);
    }
    return total;
}

static long shm_names(void)
{
    long count = 0;
    for (int i = 0; i < 100000; i++) {
        char name[32];
        snprintf(name, sizeof name, "/n%d", i);
        int fd = shm_open(name, O_CREAT | O_RDWR, 0600);
        if (fd < 0)
            break;
        close(fd);
        count++;
    }
    return count;
}

static long sysv_bytes(void)
{
    long total = 0;
    for (size_t size = (size_t)4 << 30; size >= 1 << 20; size /= 2)
        while (total < 1L << 33 && shmget(IPC_PRIVATE, size, 0600) >= 0)
            total += (long)size;
    return total;
}

int main(void)
{
    signal(SIGXFSZ, SIG_IGN);
    memset(block, 'x', sizeof block);
    long bytes = shm_bytes(), names = shm_names(), sysv = sysv_bytes();
    if (bytes > 32L << 20 || names > 2000 || sysv > 512L << 20)
        printf("/dev/shm: %ld bytes, %ld names; System V: %ld bytes\n", bytes, names, sysv);
    else
        puts("contained");
    return 0;
}
