/* The compiler reads for ever. */
#include "/dev/zero"

int main(void)
{
    return 0;
}
