/* seen.c - what is seen without taking it orders, too: names, sizes, counts, stops, ends. */
#include "common.h"

/* A file or folder that appears, or goes. */
static int try_access(void)
{
    int *p = shared();
    char n[] = "/tmp/fwXXXXXX";
    close(mkstemp(n));
    unlink(n);
    if (!fork()) {
        p[0] = 3;
        close(open(n, O_CREAT | O_WRONLY, 0600));
        _exit(0);
    }
    while (access(n, F_OK) < 0)
        usleep(10);
    printf("%d\n", p[0]);
    wait(0);
    unlink(n);
    if (!fork()) {
        p[1] = 4;
        mkdir(n, 0700);
        _exit(0);
    }
    struct stat st;
    while (stat(n, &st) < 0)
        usleep(10);
    printf("%d\n", p[1]);
    wait(0);
    if (!fork()) {
        p[2] = 4;
        rmdir(n);
        _exit(0);
    }
    while (stat(n, &st) == 0)
        usleep(10);
    printf("%d\n", p[2]);
    wait(0);
    return 0;
}

static int try_access_spin(void)
{
    int *p = shared();
    char n[] = "/tmp/fwXXXXXX";
    close(mkstemp(n));
    unlink(n);
    if (!fork()) {
        p[0] = 3;
        close(open(n, O_CREAT | O_WRONLY, 0600));
        _exit(0);
    }
    while (access(n, F_OK) < 0)
        ;
    printf("%d\n", p[0]);
    wait(0);
    unlink(n);
    return 0;
}

/* Locks made of names. */
static int try_lockfile(void)
{
    int *p = shared();
    char n[] = "/tmp/fwXXXXXX";
    close(mkstemp(n));
    unlink(n);
    for (int i = 0; i < 3; i++)
        if (!fork()) {
            int f;
            while ((f = open(n, O_CREAT | O_EXCL | O_WRONLY, 0600)) < 0)
                sched_yield();
            p[0]++;
            close(f);
            unlink(n);
            _exit(0);
        }
    all_end();
    for (int i = 0; i < 3; i++)
        if (!fork()) {
            while (mkdir(n, 0700) < 0)
                usleep(10);
            p[0]++;
            rmdir(n);
            _exit(0);
        }
    all_end();
    char m[] = "/tmp/fwXXXXXX";
    close(mkstemp(m));
    for (int i = 0; i < 3; i++)
        if (!fork()) {
            while (link(m, n) < 0)
                usleep(10);
            p[0]++;
            unlink(n);
            _exit(0);
        }
    all_end();
    unlink(m);
    printf("%d\n", p[0]);
    return 0;
}

static int try_lockfile_spin(void)
{
    int *p = shared();
    char n[] = "/tmp/fwXXXXXX";
    close(mkstemp(n));
    unlink(n);
    for (int i = 0; i < 3; i++)
        if (!fork()) {
            int f;
            while ((f = open(n, O_CREAT | O_EXCL | O_WRONLY, 0600)) < 0)
                ;
            p[0]++;
            close(f);
            unlink(n);
            _exit(0);
        }
    all_end();
    printf("%d\n", p[0]);
    return 0;
}

static int try_rename(void)
{
    int *p = shared();
    char n[] = "/tmp/fwXXXXXX", m[40];
    close(mkstemp(n));
    sprintf(m, "%s.new", n);
    unlink(n);
    if (!fork()) {
        FILE *f = fopen(m, "w");
        fprintf(f, "hello\n");
        fclose(f);
        p[0] = 5;
        rename(m, n);
        _exit(0);
    }
    FILE *f;
    while (!(f = fopen(n, "r")))
        usleep(100);
    char l[10];
    fgets(l, 10, f);
    printf("%s%d\n", l, p[0]);
    wait(0);
    unlink(n);
    return 0;
}

static int try_filesize(void)
{
    int *p = shared();
    int f = open("/tmp", O_TMPFILE | O_RDWR, 0600);
    struct stat st;
    if (!fork()) {
        p[0] = 5;
        write(f, "abc", 3);
        _exit(0);
    }
    while (fstat(f, &st), st.st_size < 3)
        usleep(100);
    printf("%d\n", p[0]);
    wait(0);
    if (!fork()) {
        p[1] = 5;
        write(f, "abc", 3);
        _exit(0);
    }
    while (lseek(f, 0, SEEK_END) < 6)
        usleep(100);
    printf("%d\n", p[1]);
    wait(0);
    if (!fork()) {
        p[2] = 6;
        ftruncate(f, 100);
        _exit(0);
    }
    while (fstat(f, &st), st.st_size < 100)
        usleep(100);
    printf("%d\n", p[2]);
    wait(0);
    return 0;
}

static int try_pwrite(void)
{
    int *p = shared(), f = open("/tmp", O_TMPFILE | O_RDWR, 0600);
    char c = 0;
    if (!fork()) {
        p[0] = 3;
        pwrite(f, "x", 1, 10);
        _exit(0);
    }
    while (pread(f, &c, 1, 10) != 1)
        usleep(10);
    printf("%c %d\n", c, p[0]);
    wait(0);
    return 0;
}

static int try_fseek(void)
{
    int *p = shared();
    char n[] = "/tmp/fwXXXXXX";
    close(mkstemp(n));
    if (!fork()) {
        FILE *f = fopen(n, "a");
        p[0] = 4;
        fprintf(f, "hello");
        fclose(f);
        _exit(0);
    }
    FILE *f = fopen(n, "r");
    do {
        usleep(10);
        fseek(f, 0, SEEK_END);
    } while (ftell(f) < 5);
    printf("%d\n", p[0]);
    wait(0);
    unlink(n);
    return 0;
}

static int try_fionread(void)
{
    int *p = shared(), e[2], n;
    pipe(e);
    if (!fork()) {
        p[0] = 5;
        write(e[1], "abc", 3);
        _exit(0);
    }
    do {
        usleep(10);
        ioctl(e[0], FIONREAD, &n);
    } while (n < 3);
    printf("%d %d\n", n, p[0]);
    wait(0);
    return 0;
}

/* Who has a segment attached, and who has a System V key. */
static int try_nattch(void)
{
    int id = shmget(IPC_PRIVATE, 100, 0600);
    int *p = shmat(id, 0, 0);
    struct shmid_ds d;
    pid_t c = fork();
    if (!c) {
        p[0] = 5;
        shmdt(p);
        _exit(0);
    }
    do {
        usleep(10);
        shmctl(id, IPC_STAT, &d);
    } while (d.shm_nattch > 1);
    printf("%d\n", p[0]);
    wait(0);
    int *q = shared();
    if (!fork()) {
        shmdt(p);
        q[0] = 7;
        p = shmat(id, 0, 0);
        usleep(100);
        shmdt(p);
        _exit(0);
    }
    do {
        usleep(10);
        shmctl(id, IPC_STAT, &d);
    } while (d.shm_lpid == getpid() || d.shm_lpid == c);
    wait(0);
    printf("%d\n", q[0]);
    shmctl(id, IPC_RMID, 0);
    return 0;
}

static int try_shmget_excl(void)
{
    key_t k = 0x66000000 + getpid();
    int *p = shared();
    if (!fork()) {
        p[0] = 5;
        shmget(k, 100, 0600 | IPC_CREAT);
        _exit(0);
    }
    int id;
    while ((id = shmget(k, 100, 0)) < 0)
        usleep(10);
    printf("%d\n", p[0]);
    wait(0);
    shmctl(id, IPC_RMID, 0);
    if (!fork()) {
        p[0] = 6;
        semget(k, 1, 0600 | IPC_CREAT);
        _exit(0);
    }
    while ((id = semget(k, 1, 0)) < 0)
        usleep(10);
    printf("%d\n", p[0]);
    wait(0);
    semctl(id, 0, IPC_RMID, 0);
    if (!fork()) {
        p[0] = 7;
        msgget(k, 0600 | IPC_CREAT);
        _exit(0);
    }
    while ((id = msgget(k, 0)) < 0)
        usleep(10);
    printf("%d\n", p[0]);
    wait(0);
    if (!fork()) {
        p[0] = 8;
        msgctl(id, IPC_RMID, 0);
        _exit(0);
    }
    while (msgget(k, 0) >= 0)
        usleep(10);
    printf("%d\n", p[0]);
    wait(0);
    return 0;
}

/* A child that has stopped, and one that goes on. */
static int try_stopped(void)
{
    int *p = shared(), s;
    pid_t c = fork();
    if (!c) {
        p[0] = 1;
        raise(SIGSTOP);
        p[0]++;
        _exit(0);
    }
    waitpid(c, &s, WUNTRACED);
    printf("%d %d\n", WIFSTOPPED(s), p[0]);
    p[0] = 10;
    kill(c, SIGCONT);
    waitpid(c, &s, 0);
    printf("%d\n", p[0]);
    c = fork();
    if (!c) {
        p[1] = 1;
        raise(SIGSTOP);
        _exit(0);
    }
    siginfo_t i;
    waitid(P_PID, c, &i, WSTOPPED);
    printf("%d\n", p[1]);
    kill(c, SIGCONT);
    waitpid(c, &s, 0);
    return 0;
}

static int try_jobcontrol(void)
{
    int *p = shared();
    setpgid(0, 0);
    pid_t c = fork();
    if (!c) {
        setpgid(0, 0);
        p[0] = 1;
        kill(getpid(), SIGTSTP);
        _exit(p[0]);
    }
    setpgid(c, c);
    int s;
    waitpid(c, &s, WUNTRACED);
    printf("%d %d\n", WIFSTOPPED(s), p[0]);
    p[0] = 6;
    kill(-c, SIGCONT);
    waitpid(c, &s, 0);
    printf("%d\n", WEXITSTATUS(s));
    return 0;
}

/* The end of a parent, and of a child that nobody waits for. */
static int try_getppid(void)
{
    int *p = shared(), e[2];
    char c;
    pipe(e);
    if (!fork()) {
        pid_t me = getpid();
        if (!fork()) {
            while (getppid() == me)
                usleep(10);
            printf("%d\n", p[0]);
            fflush(stdout);
            _exit(0);
        }
        p[0] = 8;
        _exit(0);
    }
    wait(0);
    close(e[1]);
    read(e[0], &c, 1);
    return 0;
}

static int try_kill0(void)
{
    int *p = shared();
    signal(SIGCHLD, SIG_IGN);
    pid_t c = fork();
    if (!c) {
        p[0] = 8;
        _exit(0);
    }
    while (kill(c, 0) == 0)
        usleep(10);
    printf("%d\n", p[0]);
    return 0;
}

int main(void)
{
    int (*const all[])(void) = {try_access,     try_access_spin, try_lockfile,    try_lockfile_spin,
                                try_rename,     try_filesize,    try_pwrite,      try_fseek,
                                try_fionread,   try_nattch,      try_shmget_excl, try_stopped,
                                try_jobcontrol, try_getppid,     try_kill0};
    for (unsigned i = 0; i < sizeof all / sizeof *all; i++) {
        all[i]();
        fflush(stdout);
    }
    return 0;
}
