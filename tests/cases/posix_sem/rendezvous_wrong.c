/* expect: deadlock at 45 and 38 */
/* Each side waits for the other one before it says that it has come. */

#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

struct meeting {
    sem_t anna, bert;
    int gift[2];
};

static void die(const char *what)
{
    perror(what);
    exit(1);
}

int main(void)
{
    struct meeting *m;
    int status, seen;
    pid_t child;

    m = mmap(NULL, sizeof *m, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (m == MAP_FAILED)
        die("mmap");
    if (sem_init(&m->anna, 1, 0) < 0 || sem_init(&m->bert, 1, 0) < 0)
        die("sem_init");
    child = fork();
    if (child < 0)
        die("fork");
    if (child == 0) {
        m->gift[1] = 2;
        if (sem_wait(&m->anna) < 0)
            die("sem_wait");
        if (sem_post(&m->bert) < 0)
            die("sem_post");
        exit(m->gift[0] == 1 ? 0 : 1);
    }
    m->gift[0] = 1;
    if (sem_wait(&m->bert) < 0)
        die("sem_wait");
    if (sem_post(&m->anna) < 0)
        die("sem_post");
    seen = m->gift[1];

    if (waitpid(child, &status, 0) < 0)
        die("waitpid");
    printf("%s\n", seen == 2 && status == 0 ? "both got their gift" : "no gift");
    if (sem_destroy(&m->anna) < 0 || sem_destroy(&m->bert) < 0)
        die("sem_destroy");
    return seen == 2 && status == 0 ? 0 : 1;
}
