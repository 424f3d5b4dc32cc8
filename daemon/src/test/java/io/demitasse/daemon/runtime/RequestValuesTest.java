package io.demitasse.daemon.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.demitasse.cri.v1.ContainerMetadata;
import io.demitasse.cri.v1.NamespaceMode;
import io.demitasse.cri.v1.PodSandboxConfig;
import io.demitasse.cri.v1.PodSandboxMetadata;
import io.demitasse.cri.v1.Protocol;
import io.demitasse.cri.v1.SecurityProfile;
import io.demitasse.cri.v1.SecurityProfile.ProfileType;
import io.demitasse.daemon.call.RequestException;
import java.net.InetAddress;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Small things of requests, as we understand them. */
class RequestValuesTest {
    private static PodSandboxConfig.Builder pod(NamespaceMode network, int hostPort, String ip) {
        var config = PodSandboxConfig.newBuilder();
        config.getLinuxBuilder()
                .getSecurityContextBuilder()
                .getNamespaceOptionsBuilder()
                .setNetwork(network);
        config.addPortMappingsBuilder()
                .setProtocol(Protocol.UDP)
                .setHostIp(ip)
                .setHostPort(hostPort)
                .setContainerPort(53);
        return config;
    }

    @Test
    void shouldMapPortsOfTheNodeThatPodsAskFor() throws Exception {
        var everywhere = PortMappings.of(pod(NamespaceMode.POD, 5353, "").build()).getFirst();
        var there = PortMappings.of(pod(NamespaceMode.POD, 5353, "192.0.2.1").build()).getFirst();

        assertThat(everywhere.target()).isEqualTo(53);
        assertThat(everywhere.port()).hasToString("udp 0.0.0.0:5353");
        assertThat(there.port().address()).isEqualTo(InetAddress.ofLiteral("192.0.2.1"));
        assertThat(PortMappings.of(pod(NamespaceMode.POD, 0, "").build())).isEmpty();
        assertThat(PortMappings.of(pod(NamespaceMode.NODE, 5353, "").build())).isEmpty();
    }

    @Test
    void shouldRefusePortsThatAreNone() {
        assertThatExceptionOfType(RequestException.class)
                .isThrownBy(() -> PortMappings.of(pod(NamespaceMode.POD, 70_000, "").build()))
                .withMessageContaining("host port 70000 at \"0.0.0.0\"");
        assertThatExceptionOfType(RequestException.class)
                .isThrownBy(() -> PortMappings.of(pod(NamespaceMode.POD, 53, "node").build()))
                .withMessageContaining("host port 53 at \"node\"");
        var unknown = pod(NamespaceMode.NODE, 0, "");
        unknown.getPortMappingsBuilder(0).setProtocolValue(99);
        assertThatExceptionOfType(RequestException.class)
                .isThrownBy(() -> PortMappings.of(unknown.build()));
    }

    @ParameterizedTest
    @CsvSource({
        "runtime/default, RuntimeDefault, ''",
        "docker/default, RuntimeDefault, ''",
        "unconfined, Unconfined, ''",
        "localhost/a/b.json, Localhost, a/b.json"
    })
    void shouldReadProfilesAsOlderKubeletsNameThem(String text, ProfileType type, String name)
            throws Exception {
        var profile = SecurityProfiles.older(text, "field").orElseThrow();

        assertThat(profile.getProfileType()).isEqualTo(type);
        assertThat(SecurityProfiles.localName(profile)).isEqualTo(name);
    }

    @Test
    void shouldRefuseProfilesThatNobodyNames() throws Exception {
        assertThat(SecurityProfiles.older("", "field")).isEmpty();
        assertThatExceptionOfType(RequestException.class)
                .isThrownBy(() -> SecurityProfiles.older("Unconfined", "field"))
                .withMessageStartingWith("field \"Unconfined\" is none of");
        var newer = SecurityProfile.newBuilder().setLocalhostRef("/profiles/a").build();
        assertThat(SecurityProfiles.localName(newer)).isEqualTo("/profiles/a");
    }

    /** Two pods of one key are one pod; no two others may share one. */
    @Test
    void shouldKeyPodsAndContainersByAllThatTellsThemApart() {
        var pod =
                PodSandboxMetadata.newBuilder()
                        .setName("n")
                        .setNamespace("ns")
                        .setUid("u")
                        .setAttempt(-1)
                        .build();
        var container = ContainerMetadata.newBuilder().setName("c").setAttempt(2).build();

        assertThat(KeyOf.pod(pod)).isEqualTo("n_ns_u_4294967295");
        assertThat(KeyOf.container("id", container)).isEqualTo("id_c_2");
    }

    @Test
    void shouldSayInstantsInNanosecondsAsCriDoes() {
        assertThat(Timestamps.nanos(Instant.ofEpochSecond(3, 7))).isEqualTo(3_000_000_007L);
    }
}
