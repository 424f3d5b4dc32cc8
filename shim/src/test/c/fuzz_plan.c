/* Whatever the bytes, the decoder reads only what is there, and what it accepts is safe to use. */
#include "plan.h"

#include <stdlib.h>
#include <string.h>

static volatile unsigned long touched;

static void use(const struct plan *plan, char kind, uint64_t argument) {
    if (kind == 't')
        touched += strlen(plan_text(plan, argument));
    if (kind == 'b')
        for (uint32_t i = 0; i < plan_length(argument); i++)
            touched += (unsigned char)plan_text(plan, argument)[i];
    if (kind == 'v')
        for (uint32_t i = 0; i < plan_length(argument); i++)
            touched += strlen(plan->base + plan_vector(plan, argument)[i]);
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size) {
    struct plan plan;
    int bad;
    /* Its own allocation, as long as the plan: an overrun is an error of the sanitizer. */
    char *copy = malloc(size == 0 ? 1 : size);
    memcpy(copy, data, size);
    if (plan_decode(&plan, copy, size, &bad) == 0)
        for (uint32_t i = 0; i < plan.header->operations; i++) {
            const char *kinds = plan_operations[plan.ops[i].code].arguments;
            for (int a = 0; kinds[a] != 0; a++)
                use(&plan, kinds[a], plan.ops[i].arguments[a]);
        }
    free(copy);
    return 0;
}

#ifdef WITH_DRIVER
#include <stdio.h>
#include <time.h>

/* fuzz-plan SECONDS PLAN: flips, overwrites and truncates a valid plan. */
int main(int argc, char **argv) {
    static unsigned char original[1 << 20], mutated[1 << 20];
    FILE *file = argc == 3 ? fopen(argv[2], "rb") : NULL;
    if (file == NULL)
        return 2;
    size_t size = fread(original, 1, sizeof original, file);
    fclose(file);
    time_t end = time(NULL) + atoi(argv[1]);
    unsigned long runs = 0;
    srand(1);
    for (; time(NULL) < end; runs++) {
        size_t length = rand() % 4 != 0 ? size : (size_t)rand() % size;
        memcpy(mutated, original, size);
        for (int i = rand() % 8; i >= 0; i--) {
            size_t at = (size_t)rand() % (rand() % 2 != 0 && size > 2048 ? 2048 : size);
            mutated[at] = rand() % 3 == 0 ? (unsigned char)(rand() % 2 * 255) : (unsigned char)rand();
        }
        if (length >= 12 && rand() % 2 != 0) {
            unsigned claimed = (unsigned)length;
            memcpy(mutated + 8, &claimed, 4);
        }
        LLVMFuzzerTestOneInput(mutated, length);
    }
    printf("%lu plans decoded\n", runs);
    return 0;
}
#endif
