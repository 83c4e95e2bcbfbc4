/* A slow disk for LD_PRELOAD: every call that waits for the disk waits BENCH_FSYNC_MS milliseconds more. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static void delay(void) {
    const char *said = getenv("BENCH_FSYNC_MS");
    long microseconds = said ? (long)(atof(said) * 1000) : 0;
    struct timespec left = {microseconds / 1000000, (microseconds % 1000000) * 1000};
    int saved = errno;
    while (microseconds > 0 && nanosleep(&left, &left) == -1 && errno == EINTR) {
    }
    errno = saved;
}

int fsync(int file) {
    static int (*real)(int);
    if (!real) real = (int (*)(int))dlsym(RTLD_NEXT, "fsync");
    int outcome = real(file);
    delay();
    return outcome;
}

int fdatasync(int file) {
    static int (*real)(int);
    if (!real) real = (int (*)(int))dlsym(RTLD_NEXT, "fdatasync");
    int outcome = real(file);
    delay();
    return outcome;
}

int sync_file_range(int file, off64_t offset, off64_t bytes, unsigned int flags) {
    static int (*real)(int, off64_t, off64_t, unsigned int);
    if (!real) real = (int (*)(int, off64_t, off64_t, unsigned int))dlsym(RTLD_NEXT, "sync_file_range");
    int outcome = real(file, offset, bytes, flags);
    delay();
    return outcome;
}
