/* expect: deadlock at 54 and 22 */
/* The question stays in the parent's stdio buffer while both wait. */

#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static void die(const char *what)
{
    perror(what);
    exit(1);
}

static void answer(int in, int out)
{
    FILE *questions = fdopen(in, "r"), *answers = fdopen(out, "w");
    int a, b;

    if (questions == NULL || answers == NULL)
        die("fdopen");
    if (fscanf(questions, "%d + %d", &a, &b) != 2)
        die("fscanf");
    fprintf(answers, "%d\n", a + b);
    fclose(answers);
    fclose(questions);
}

int main(void)
{
    int ask[2], reply[2], status, sum;
    FILE *questions, *answers;
    pid_t child;

    if (pipe(ask) < 0 || pipe(reply) < 0)
        die("pipe");
    child = fork();
    if (child < 0)
        die("fork");
    if (child == 0) {
        close(ask[1]);
        close(reply[0]);
        answer(ask[0], reply[1]);
        exit(0);
    }
    close(ask[0]);
    close(reply[1]);
    questions = fdopen(ask[1], "w");
    answers = fdopen(reply[0], "r");
    if (questions == NULL || answers == NULL)
        die("fdopen");

    fprintf(questions, "%d + %d\n", 19, 23);
    if (fscanf(answers, "%d", &sum) != 1)
        die("fscanf");
    printf("19 + 23 = %d\n", sum);
    fclose(questions);
    fclose(answers);
    if (waitpid(child, &status, 0) < 0)
        die("waitpid");
    return sum == 42 && status == 0 ? 0 : 1;
}
