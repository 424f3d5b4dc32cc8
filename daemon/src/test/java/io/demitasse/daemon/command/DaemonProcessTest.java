package io.demitasse.daemon.command;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class DaemonProcessTest {
    @Test
    void shouldKnowWhetherItsJvmCanBeAttachedTo() {
        assertThat(refuses("java", "-jar", "daemon.jar", "serve")).isFalse();
        assertThat(refuses("java", "-XX:+DisableAttachMechanism", "-jar", "x")).isTrue();
        assertThat(
                        refuses(
                                "java",
                                "-XX:+DisableAttachMechanism",
                                "-XX:-DisableAttachMechanism",
                                "-jar"))
                .isFalse();
    }

    @Test
    void shouldKnowWhatContainersWouldInheritForGood() {
        assertThat(DaemonProcess.handedOn("Name:\tjava\nNoNewPrivs:\t0\nSeccomp:\t0\n")).isEmpty();
        assertThat(DaemonProcess.handedOn("Name:\tjava\nNoNewPrivs:\t1\nSeccomp:\t2\n")).hasSize(2);
    }

    private static boolean refuses(String... words) {
        return DaemonProcess.refusesAttach(String.join("\0", words) + "\0");
    }
}
