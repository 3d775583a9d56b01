/* test_unseen.c - inline assembly in sources, and code chosen by how it is built, are found at their
 * lines; what only looks like it is not.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "submit/unseen.h"

static void assembly_is_found(void **state)
{
    (void)state;
    assert_int_equal(unseen_assembly("asm(\"incl (%rdi)\");"), 1);
    assert_int_equal(unseen_assembly("\n\n  __asm__ __volatile__ (\"lock incl %0\" : \"+m\"(*p));"),
                     3);
    assert_int_equal(unseen_assembly("/* \n */ asm /* \n */ volatile\n(\"xchg %0, %1\" : );"), 2);
    assert_int_equal(unseen_assembly("int f(void) asm(\"__tsan_read4\");"), 1);
    assert_int_equal(unseen_assembly("asm(\"\" \"incl %0\" : \"+m\"(*p));"), 1);
    assert_int_equal(unseen_assembly("char c = '\"'; asm goto (\"jmp %l0\" :::: out);"), 1);
}

static void words_are_not(void **state)
{
    (void)state;
    assert_int_equal(unseen_assembly(""), 0);
    assert_int_equal(unseen_assembly("int main(void) { return 0; }"), 0);
    assert_int_equal(unseen_assembly("// asm(\"incl (%rdi)\");\n/* asm(\"x\") */"), 0);
    assert_int_equal(unseen_assembly("puts(\"asm(\\\"incl\\\")\");"), 0);
    assert_int_equal(unseen_assembly("int asm_count(int chasm); f(chasm(1));"), 0);
    assert_int_equal(unseen_assembly("It's in asm, and so on."), 0);
    assert_int_equal(unseen_assembly("/* never closed"), 0);
    assert_int_equal(unseen_assembly("\"never closed asm("), 0);
}

static void what_touches_nothing_is_none(void **state)
{
    (void)state;
    assert_int_equal(unseen_assembly("asm volatile(\"\" ::: \"memory\");"), 0);
    assert_int_equal(unseen_assembly("__asm__ __volatile__(\"pause\");"), 0);
    assert_int_equal(unseen_assembly("__asm(\"mfence\" : : : \"memory\");"), 0);
}

static void a_choice_of_code_is_found(void **state)
{
    (void)state;
    assert_int_equal(unseen_choice("\n#ifdef __SANITIZE_THREAD__\n"), 2);
    assert_int_equal(unseen_choice("int f;\n\n#if !defined(__OPTIMIZE__)\n"), 3);
    assert_int_equal(unseen_choice("/* __OPTIMIZE__ */ char *s = \"__SANITIZE_THREAD__\";"), 0);
    assert_int_equal(unseen_choice("#ifdef __linux__\nint my__OPTIMIZE__;\n#endif"), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(assembly_is_found),
        cmocka_unit_test(words_are_not),
        cmocka_unit_test(what_touches_nothing_is_none),
        cmocka_unit_test(a_choice_of_code_is_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
