package io.demitasse.shim.launch;

import static io.demitasse.shim.launch.TestNode.shell;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.demitasse.linux.Errno;
import io.demitasse.linux.mount.DetachedMount;
import io.demitasse.shim.Program;
import io.demitasse.shim.container.ContainerMount;
import io.demitasse.shim.container.PidNamespace;
import io.demitasse.shim.container.ProcessSpec;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Plans with more descriptors than the kernel takes with one message. */
@Timeout(120)
class ManyDescriptorsTest {
    private static final ProcessSpec COUNT = shell("grep -c ' /m/' /proc/self/mountinfo");

    private TestNode node;
    private Path volume;

    @BeforeEach
    void start(@TempDir Path directory) throws Exception {
        volume = Files.createDirectory(directory.resolve("volume"));
        node = TestNode.start(directory);
    }

    @AfterEach
    void stop() throws Exception {
        if (node != null) {
            node.close();
        }
    }

    @Test
    void shouldArriveInOrderHoweverManyMessagesTheyTake() throws Exception {
        var container = start(600);

        assertThat(container.awaitExit().exitCode()).isZero();
        assertThat(TestNode.plain(container.logText())).isEqualTo("600\n");
    }

    @Test
    void shouldEndTheLaunchWhoseShimHasNoPlaceForThem() throws Exception {
        var spawner = Integer.toString(node.spawner().pid());
        var lowered = Program.run(List.of("prlimit", "--pid", spawner, "--nofile=400:400"));
        assertThat(lowered.exitCode()).isZero();

        var refused = catchThrowableOfType(LaunchException.class, () -> start(600));

        assertThat(refused.errno()).isEqualTo(Errno.EMFILE);
        assertThat(refused).hasMessageContaining("hard limit of open files");
        assertThat(start(100).awaitExit().exitCode()).isZero();
    }

    /** Starts a container that counts so many mounts of one directory. */
    private TestNode.Container start(int count) throws Exception {
        var opened = new ArrayList<DetachedMount>();
        var mounts = new ArrayList<ContainerMount>();
        try {
            for (int i = 0; i < count; i++) {
                opened.add(DetachedMount.cloneTree(volume, false));
                mounts.add(new ContainerMount.Attach(opened.getLast().fd(), "/m/" + i, false));
            }
            return node.start(COUNT, new PidNamespace.Own(), mounts);
        } finally {
            opened.forEach(DetachedMount::close);
        }
    }
}
