/* Clears the screen, sets the title, moves the cursor, hides text; NULs and what is no UTF-8. */
#include <stdio.h>

#warning "in a warning: [31mred]0;title ÿþ"

int main(void)
{
    static const char output[] = "\033[2J\033[H\033]0;owned\007\033[31mred\033[8mhidden\033c\r100/100 pass\b\b"
                                 "\x9b" "2J\0after a NUL\xff\xfe\xc3\x28\xe2\x80\xae reversed\n\x7f\n";
    fwrite(output, 1, sizeof output - 1, stdout);
    fwrite(output, 1, sizeof output - 1, stderr);
    return 0;
}
