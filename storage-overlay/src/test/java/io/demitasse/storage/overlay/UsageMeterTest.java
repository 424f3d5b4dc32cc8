package io.demitasse.storage.overlay;

import static org.assertj.core.api.Assertions.assertThat;

import io.demitasse.linux.Errno;
import io.demitasse.linux.SyscallException;
import io.demitasse.storage.FilesystemUsage;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What is kept of what was measured, and when it is measured again. */
@Timeout(60)
class UsageMeterTest {
    private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final FilesystemUsage FIRST = new FilesystemUsage(0, 1);

    private final AtomicReference<Instant> now = new AtomicReference<>(START);
    private final Map<String, FilesystemUsage> written = new ConcurrentHashMap<>();
    private final AtomicInteger walks = new AtomicInteger();
    private UsageMeter meter;

    @BeforeEach
    void start() {
        meter = new UsageMeter(this::walk, now::get);
        meter.start();
    }

    @AfterEach
    void stop() {
        meter.close();
    }

    private FilesystemUsage walk(String container) throws SyscallException {
        walks.incrementAndGet();
        var usage = written.get(container);
        if (usage == null) {
            throw new SyscallException("open " + container, new Errno(Errno.ENOENT));
        }
        return usage;
    }

    private void write(String container, long bytes) {
        written.put(container, new FilesystemUsage(bytes, 2));
    }

    @Test
    void shouldMeasureOnceInTenSeconds() throws Exception {
        meter.add("a", FIRST);
        write("a", 100);

        meter.await(List.of("a"), PATIENCE);
        write("a", 200);
        meter.await(List.of("a"), PATIENCE);
        assertThat(meter.one("a")).isEqualTo(new Measured(new FilesystemUsage(100, 2), START));
        assertThat(walks).hasValue(1);

        now.set(START.plusSeconds(10));
        meter.await(List.of("a"), PATIENCE);
        assertThat(meter.one("a").usage().bytes()).isEqualTo(200);
        assertThat(meter.one("a").at()).isEqualTo(START.plusSeconds(10));
    }

    @Test
    void shouldKeepTheSumOfAll() throws Exception {
        for (int i = 0; i < 100; i++) {
            meter.add("c" + i, FIRST);
            write("c" + i, 1000);
        }
        meter.awaitAll(PATIENCE);
        assertThat(meter.all().usage()).isEqualTo(new FilesystemUsage(100_000, 200));

        meter.remove("c0");
        meter.remove("c0");
        assertThat(meter.all().usage()).isEqualTo(new FilesystemUsage(99_000, 198));

        write("c1", 5000);
        now.set(START.plusSeconds(20));
        while (meter.all().at().isBefore(START.plusSeconds(20))) {
            LockSupport.parkNanos(
                    1_000_000); // the pass that was asked for; the time limit is the test's
        }
        assertThat(meter.all().usage()).isEqualTo(new FilesystemUsage(103_000, 198));
    }

    @Test
    void shouldNotWaitForSlowWalk() throws Exception {
        var released = new Semaphore(0);
        var slow =
                new UsageMeter(
                        _ -> {
                            released.acquireUninterruptibly();
                            return FIRST;
                        },
                        now::get);
        slow.start();
        slow.add("a", FIRST);

        slow.await(List.of("a"), Duration.ofMillis(10));
        assertThat(slow.one("a").usage()).isEqualTo(FIRST);
        assertThat(slow.all().usage()).isEqualTo(FIRST);
        released.release();
        slow.close();
    }

    @Test
    void shouldKeepTheLastFigureOfWhatCannotBeRead() throws Exception {
        meter.add("a", FIRST);

        meter.await(List.of("a", "unknown"), PATIENCE);

        assertThat(meter.one("a").usage()).isEqualTo(FIRST);
        assertThat(meter.one("unknown").usage()).isEqualTo(FilesystemUsage.NONE);
    }
}
