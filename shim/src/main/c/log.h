/* The CRI log: one line per line of output, with time, stream and a tag. */
#ifndef LOG_H
#define LOG_H

#include <stdbool.h>
#include <stddef.h>

/* As in containerd: a longer line is written in pieces. */
#define LOG_LINE_BYTES 16384
/* And one more, by which a full line that ends here differs from one that goes on. */
#define LOG_BUFFER_BYTES (LOG_LINE_BYTES + 1)
/* Whole pages of its own: they are given back as such. */
#define LOG_BUFFER_ROOM (LOG_LINE_BYTES + 4096)
/* How many may be attached to a stream at once. */
#define LOG_COPIES 8

struct log_stream {
    int fd; /* what we read from, or -1 after its end */
    const char *name;
    size_t used;
    bool dirty; /* pages beyond the first hold something old */
    char *buffer;
    int copies[LOG_COPIES]; /* who gets what was read as well, or -1 */
};

/* Reads once and writes the lines that are complete. Closes and forgets the stream at its end. */
void log_pump(struct log_stream *stream, int log);

/* Copies the stream to a pipe as well from now on, and owns its descriptor. 0 or -errno. */
int log_attach(struct log_stream *stream, int fd);

/* Writes a decimal number, returns the end. */
char *put_number(char *at, unsigned long long number, int least_digits);

#endif
