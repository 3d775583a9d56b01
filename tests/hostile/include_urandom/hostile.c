/* The assembler reads for ever. */
__asm__(".incbin \"/dev/urandom\"");
__asm__(".fill 4000000000, 1, 7");

int main(void)
{
    return 0;
}
