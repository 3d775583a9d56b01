/*
 * test_box_hostile.c - what a box refuses, and that whatever a submission does in it comes to an
 * end.
 */
#include "test_box_rig.h"

#include <poll.h>
#include <signal.h>
#include <time.h>

#include "test_box_attacks.h"

enum { PATIENCE_MS = 300, SOON_S = 20 };

static void dangerous_calls_are_refused(void **state)
{
    (void)state;
    struct seen *s = attack("refused", rig_spec(BOX_RUN), 0);
    int lines = 0;
    for (char *rest = s->output, *line; (line = strsep(&rest, "\n")) && *line; lines++) {
        bool absent = strncmp(line, "clone3", 6) == 0 || strncmp(line, "io_uring", 8) == 0 ||
                      strncmp(line, "beyond", 6) == 0 || strncmp(line, "newer", 5) == 0 ||
                      strncmp(line, "i386", 4) == 0 || strncmp(line, "x32", 3) == 0;
        bool family = strncmp(line, "socket", 6) == 0;
        const char *expected = absent ? " ENOSYS" : family ? " EAFNOSUPPORT" : " EPERM";
        if (!strstr(line, expected))
            print_error("%s, not%s\n", line, expected);
        assert_non_null(strstr(line, expected));
    }
    assert_true(lines > 45);
}

static void honest_calls_work(void **state)
{
    (void)state;
    struct seen *s = attack("allowed", rig_spec(BOX_RUN), 0);
    int lines = 0;
    for (char *rest = s->output, *line; (line = strsep(&rest, "\n")) && *line; lines++)
        assert_string_equal(strchr(line, ' '), " works");
    assert_int_equal(lines, 17);
}

static void the_driver_is_out_of_reach(void **state)
{
    (void)state;
    struct seen *s = attack("driver", rig_spec(BOX_RUN), 0);
    int lines = 0;
    for (char *rest = s->output, *line; (line = strsep(&rest, "\n")) && *line; lines++)
        if (strstr(line, " works"))
            fail_msg("%s", line);
    assert_int_equal(lines, 16);
}

/* ---- what goes on until it is ended ---------------------------------------------------------- */

static struct seen *contained(const char *name)
{
    time_t from = time(NULL);
    struct seen *s = attack(name, rig_spec(BOX_RUN), PATIENCE_MS);
    assert_true(s->spawned);
    assert_true(time(NULL) - from < SOON_S);
    return s;
}

static void fork_bomb(void **state)
{
    (void)state;
    struct seen *s = contained("fork_bomb");
    assert_int_equal(s->status, PAST_PATIENCE);
    assert_in_range(s->killed, 32, 64); /* its limit */
}

static void kills_all(void **state)
{
    (void)state;
    assert_int_equal(contained("kill_all")->status, 0);
}

static void detached_daemon(void **state)
{
    (void)state;
    struct seen *s = contained("daemon_twice");
    assert_int_equal(s->status, 0);
    assert_in_range(s->killed, 1, 2); /* the middle one may be reaped here as well */
}

static void ignores_signals(void **state)
{
    (void)state;
    assert_int_equal(contained("deaf")->killed, 1);
}

static void stopped_and_zombies(void **state)
{
    (void)state;
    assert_int_equal(contained("stopped")->killed, 6);
    struct seen *s = contained("zombies");
    assert_in_range(s->killed, 1, 21);
}

static int bombed_guest(void *arg)
{
    struct seen *seen = arg;
    rig_furnish(seen);
    struct box_command command = {.argv = seen->argv, .in = -1, .out = -1, .err = -1};
    struct box_child child;
    seen->spawned = box_spawn(seen->spec, &command, &child);
    for (;;)
        pause();
    return 1;
}

static void box_is_killed_from_outside(void **state)
{
    (void)state;
    struct box_spec spec = rig_spec(BOX_RUN);
    const char *const argv[] = {"./program", "fork_bomb", NULL};
    struct seen *seen = arena_alloc(rig_arena, sizeof *seen);
    *seen = (struct seen){
        .spec = &spec, .argv = argv, .program = attacks, .program_bytes = attacks_bytes};
    struct box box = box_start(&spec, bombed_guest, seen, seen->fault, sizeof seen->fault);
    poll(NULL, 0, PATIENCE_MS);
    assert_true(seen->spawned);
    box_kill(&box);
    assert_int_equal(box_wait(&box, true), SIGKILL);
}

static int group(const char *as)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(dangerous_calls_are_refused),
        cmocka_unit_test(honest_calls_work),
        cmocka_unit_test(the_driver_is_out_of_reach),
        cmocka_unit_test(fork_bomb),
        cmocka_unit_test(kills_all),
        cmocka_unit_test(detached_daemon),
        cmocka_unit_test(ignores_signals),
        cmocka_unit_test(stopped_and_zombies),
        cmocka_unit_test(box_is_killed_from_outside),
    };
    return cmocka_run_group_tests_name(as, tests, compile_attacks, NULL);
}

int main(void)
{
    read_attacks();
    return rig_main(group);
}
