/* The CRI log: one line per line of output, with time, stream and a tag. */
#ifndef LOG_H
#define LOG_H

#include <stdbool.h>
#include <stddef.h>

/* As in containerd: a longer line is written in pieces. */
#define LOG_LINE_BYTES 16384

struct log_stream {
    int fd; /* what we read from, or -1 after its end */
    const char *name;
    size_t used;
    bool dirty; /* pages beyond the first hold something old */
    char *buffer;
};

/* Reads once and writes the lines that are complete. Closes and forgets the stream at its end. */
void log_pump(struct log_stream *stream, int log);

/* Writes a decimal number, returns the end. */
char *put_number(char *at, unsigned long long number, int least_digits);

#endif
