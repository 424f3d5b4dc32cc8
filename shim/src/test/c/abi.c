/* Prints what the encoder in Java must agree with; or a plan, as the decoder reads it. */
#include "plan.h"
#include "protocol.h"

#include <stdio.h>

#define OFFSET(type, member) printf(#type "." #member " %zu\n", offsetof(struct type, member))

static void print_argument(const struct plan *plan, char kind, uint64_t argument) {
    if (kind == 't')
        printf(" \"%s\"", plan_text(plan, argument));
    else if (kind == 'b')
        printf(" %u bytes", plan_length(argument));
    else if (kind == 'v')
        for (uint32_t i = 0; i < plan_length(argument); i++)
            printf("%s%s", i == 0 ? " " : "|", plan->base + plan_vector(plan, argument)[i]);
    else
        printf(" %lld", (long long)argument);
}

static int print_plan(const char *path) {
    static char base[1 << 20] __attribute__((aligned(8)));
    struct plan plan;
    int bad;
    FILE *file = fopen(path, "rb");
    size_t size = file == NULL ? 0 : fread(base, 1, sizeof base, file);
    int result = plan_decode(&plan, base, size, &bad);
    if (result < 0) {
        printf("refused: operation %d\n", bad);
        return 1;
    }
    printf("monitor %u %d %d\n", plan.header->monitor, plan.header->directory, plan.header->log);
    for (uint32_t i = 0; i < plan.header->operations; i++) {
        const struct plan_operation *operation = &plan_operations[plan.ops[i].code];
        printf("%s", operation->name);
        for (int a = 0; operation->arguments[a] != 0; a++)
            print_argument(&plan, operation->arguments[a], plan.ops[i].arguments[a]);
        printf("\n");
    }
    return 0;
}

int main(int argc, char **argv) {
    if (argc == 2)
        return print_plan(argv[1]);
    printf("magic %u\nversion %u\nmax_bytes %u\nmax_fds %u\n", PLAN_MAGIC, PLAN_VERSION, PLAN_MAX_BYTES,
           PLAN_MAX_FDS);
    printf("header %zu\noperation %zu\n", sizeof(struct plan_header), sizeof(struct plan_op));
    printf("message %zu\n", sizeof(struct message));
    OFFSET(plan_header, size);
    OFFSET(plan_header, operations);
    OFFSET(plan_header, fds);
    OFFSET(plan_header, monitor);
    OFFSET(plan_header, directory);
    OFFSET(plan_header, log);
    OFFSET(plan_header, streams);
    OFFSET(plan_op, arguments);
    for (int code = 1; code < OP_COUNT; code++)
        printf("op %d %s %s\n", code, plan_operations[code].name, plan_operations[code].arguments);
    return 0;
}
