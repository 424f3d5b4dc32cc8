#include "log.h"

#include "kernel.h"
#include "shim.h"

#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/uio.h>

#define PAGE 4096
#define LINES_AT_ONCE 64
/* 2016-10-06T00:17:09.669794202Z stdout F */
#define STAMP_BYTES 40
/* Who takes nothing for this long is left behind: the container must not wait for it. */
#define COPY_PATIENCE_MILLIS 1000

char *put_number(char *at, unsigned long long number, int least_digits) {
    char digits[20];
    int count = 0;
    do
        digits[count++] = (char)('0' + number % 10);
    while ((number /= 10) != 0 || count < least_digits);
    while (count > 0)
        *at++ = digits[--count];
    return at;
}

/* Civil date of a day since 1970, by the shifted calendar that begins in March. */
static char *put_date(char *at, int64_t day) {
    int64_t shifted = day + 719468;
    int64_t era = shifted / 146097, of_era = shifted % 146097;
    int64_t year_of_era = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    int64_t of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t month = (5 * of_year + 2) / 153;
    int64_t of_month = of_year - (153 * month + 2) / 5 + 1;
    month = month < 10 ? month + 3 : month - 9;
    at = put_number(at, (unsigned long long)(year_of_era + era * 400 + (month <= 2)), 4);
    *at++ = '-';
    at = put_number(at, (unsigned long long)month, 2);
    *at++ = '-';
    return put_number(at, (unsigned long long)of_month, 2);
}

static void put_stamp(char *at, int64_t nanos, const char *stream, char tag) {
    unsigned long long seconds = (unsigned long long)(nanos / 1000000000);
    at = put_date(at, (int64_t)(seconds / 86400));
    *at++ = 'T';
    at = put_number(at, seconds / 3600 % 24, 2);
    *at++ = ':';
    at = put_number(at, seconds / 60 % 60, 2);
    *at++ = ':';
    at = put_number(at, seconds % 60, 2);
    *at++ = '.';
    at = put_number(at, (unsigned long long)(nanos % 1000000000), 9);
    *at++ = 'Z';
    *at++ = ' ';
    at = memcpy(at, stream, 6);
    at += 6;
    *at++ = ' ';
    *at++ = tag;
    *at++ = ' ';
}

/* A log that cannot be written to, for instance because the disk is full, must not stop the
 * container: what did not fit is lost, and the next line is tried again. */
static void write_lines(int log, const struct iovec *vectors, int count) {
    if (count > 0)
        (void)!writev(log, vectors, count);
}

static void write_partial(struct log_stream *stream, int log, int64_t time) {
    char stamp[STAMP_BYTES];
    size_t length = stream->used < LOG_LINE_BYTES ? stream->used : LOG_LINE_BYTES;
    put_stamp(stamp, time, stream->name, 'P');
    struct iovec vectors[3] = {
        {stamp, STAMP_BYTES}, {stream->buffer, length}, {(char[]){'\n'}, 1}};
    write_lines(log, vectors, 3);
    stream->used -= length;
    memmove(stream->buffer, stream->buffer + length, stream->used);
}

static void write_complete(struct log_stream *stream, int log, int64_t time) {
    struct iovec vectors[2 * LINES_AT_ONCE];
    char stamp[STAMP_BYTES];
    int count = 0;
    char *at = stream->buffer, *end = stream->buffer + stream->used, *newline;
    put_stamp(stamp, time, stream->name, 'F');
    while ((newline = memchr(at, '\n', (size_t)(end - at))) != NULL) {
        vectors[count++] = (struct iovec){stamp, STAMP_BYTES};
        vectors[count++] = (struct iovec){at, (size_t)(newline + 1 - at)};
        at = newline + 1;
        if (count == 2 * LINES_AT_ONCE) {
            write_lines(log, vectors, count);
            count = 0;
        }
    }
    write_lines(log, vectors, count);
    stream->used = (size_t)(end - at);
    if (at != stream->buffer && stream->used > 0)
        memmove(stream->buffer, at, stream->used);
}

static bool write_copy(int fd, const char *bytes, size_t length) {
    while (length > 0) {
        struct pollfd ready = {.fd = fd, .events = POLLOUT};
        long written = result_of(write(fd, bytes, length));
        if (written > 0) {
            bytes += written;
            length -= (size_t)written;
        } else if (written != -EAGAIN || poll(&ready, 1, COPY_PATIENCE_MILLIS) <= 0)
            return false;
    }
    return true;
}

static void detach(int *copy) {
    close(*copy);
    *copy = -1;
}

static bool is_broken(int fd) {
    struct pollfd state = {.fd = fd};
    return poll(&state, 1, 0) > 0 && (state.revents & POLLERR) != 0;
}

int log_attach(struct log_stream *stream, int fd) {
    if (stream->fd == -1) {
        close(fd);
        return 0; /* at its end already, which the reader will find */
    }
    if (fcntl(fd, F_SETFL, O_WRONLY | O_NONBLOCK) < 0)
        return -errno;
    for (int i = 0; i < LOG_COPIES; i++) {
        if (stream->copies[i] != -1 && is_broken(stream->copies[i]))
            detach(&stream->copies[i]);
        if (stream->copies[i] == -1) {
            stream->copies[i] = fd;
            return 0;
        }
    }
    return -EUSERS;
}

void log_pump(struct log_stream *stream, int log) {
    size_t room = LOG_BUFFER_BYTES - stream->used;
    long count = result_of(read(stream->fd, stream->buffer + stream->used, room));
    int64_t time = now();
    if (count == -EAGAIN) /* whoever is attached to a terminal shares its flags */
        return;
    if (count <= 0) { /* EIO is the end of a terminal */
        if (stream->used > 0)
            write_partial(stream, log, time);
        close(stream->fd);
        stream->fd = -1;
        for (int i = 0; i < LOG_COPIES; i++)
            if (stream->copies[i] != -1)
                detach(&stream->copies[i]);
        return;
    }
    for (int i = 0; i < LOG_COPIES; i++)
        if (stream->copies[i] != -1 &&
            !write_copy(stream->copies[i], stream->buffer + stream->used, (size_t)count))
            detach(&stream->copies[i]);
    stream->used += (size_t)count;
    if (stream->used > PAGE)
        stream->dirty = true;
    write_complete(stream, log, time);
    if (stream->used > LOG_LINE_BYTES)
        write_partial(stream, log, time);
    /* After a burst an idle shim gives its pages back. */
    if (stream->dirty && stream->used == 0 && (size_t)count < room) {
        madvise(stream->buffer + PAGE, LOG_BUFFER_ROOM - PAGE, MADV_DONTNEED);
        stream->dirty = false;
    }
}
