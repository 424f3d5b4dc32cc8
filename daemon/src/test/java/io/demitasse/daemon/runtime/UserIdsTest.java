package io.demitasse.daemon.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.demitasse.cri.v1.ContainerConfig;
import io.demitasse.cri.v1.IDMapping;
import io.demitasse.cri.v1.Mount;
import io.demitasse.cri.v1.MountPropagation;
import io.demitasse.cri.v1.NamespaceMode;
import io.demitasse.cri.v1.NamespaceOption;
import io.demitasse.cri.v1.PodSandboxConfig;
import io.demitasse.cri.v1.UserNamespace;
import io.demitasse.daemon.call.RequestException;
import io.demitasse.daemon.record.v1.ProcessRecord;
import io.demitasse.linux.namespace.IdMapping;
import io.demitasse.linux.namespace.IdMappings;
import java.util.function.Consumer;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

class UserIdsTest {
    private static final IDMapping USERS = mapping(0, 100_000, 65_536);
    private static final IDMapping GROUPS = mapping(0, 200_000, 1_000);

    private static IDMapping mapping(int inside, int outside, int length) {
        return IDMapping.newBuilder()
                .setContainerId(inside)
                .setHostId(outside)
                .setLength(length)
                .build();
    }

    private static NamespaceOption options(Consumer<UserNamespace.Builder> change) {
        var user = UserNamespace.newBuilder().setMode(NamespaceMode.POD);
        user.addUids(USERS).addGids(GROUPS);
        change.accept(user);
        return NamespaceOption.newBuilder().setUsernsOptions(user).build();
    }

    private static PodSandboxConfig pod(NamespaceOption options) {
        var config = PodSandboxConfig.newBuilder();
        config.getLinuxBuilder().getSecurityContextBuilder().setNamespaceOptions(options);
        return config.build();
    }

    private static PodSandboxConfig owning() {
        return pod(options(_ -> {}));
    }

    private static void assertRefused(String message, ThrowingCallable request) {
        assertThatExceptionOfType(RequestException.class)
                .isThrownBy(request)
                .matches(refused -> refused.kind() == RequestException.Kind.INVALID_ARGUMENT)
                .withMessageContaining(message);
    }

    @Test
    void shouldMapWhatThePodAsksFor() throws Exception {
        UserIds.check(options(_ -> {}));

        assertThat(UserIds.of(owning()))
                .hasValue(
                        new IdMappings(
                                new IdMapping(0, 100_000, 65_536),
                                new IdMapping(0, 200_000, 1_000)));
    }

    @Test
    void shouldMapNothingForAPodThatAsksForNothing() throws Exception {
        var none = NamespaceOption.getDefaultInstance();
        var node = options(user -> user.setMode(NamespaceMode.NODE).clearUids().clearGids());

        UserIds.check(none);
        UserIds.check(node);

        assertThat(UserIds.of(pod(none))).isEmpty();
        assertThat(UserIds.of(pod(node))).isEmpty();
    }

    @Test
    void shouldRefuseMappingsThatItCannotMake() {
        assertRefused(
                "mode cannot be CONTAINER",
                () -> UserIds.check(options(user -> user.setMode(NamespaceMode.CONTAINER))));
        assertRefused(
                "uids has 0 mappings", () -> UserIds.check(options(user -> user.clearUids())));
        assertRefused(
                "gids has 2 mappings", () -> UserIds.check(options(user -> user.addGids(GROUPS))));
        assertRefused(
                "uids maps from container_id 4294967295 on",
                () -> UserIds.check(options(user -> user.setUids(0, mapping(-1, 1, 1)))));
        assertRefused(
                "gids maps 0 to the node's 0",
                () -> UserIds.check(options(user -> user.setGids(0, mapping(0, 0, 1)))));
        assertRefused(
                "uids: ids 0 to ",
                () -> UserIds.check(options(user -> user.setUids(0, mapping(0, 1, 0)))));
    }

    @Test
    void shouldRefuseNamespacesOfTheNodeBesideIt() {
        var options = options(_ -> {});

        assertRefused(
                "cannot own the node's",
                () -> UserIds.check(options.toBuilder().setNetwork(NamespaceMode.NODE).build()));
        assertRefused(
                "cannot own the node's",
                () -> UserIds.check(options.toBuilder().setPid(NamespaceMode.NODE).build()));
        assertRefused(
                "cannot own the node's",
                () -> UserIds.check(options.toBuilder().setIpc(NamespaceMode.NODE).build()));
    }

    private static ContainerConfig container(NamespaceOption options, Mount... mounts) {
        var config = ContainerConfig.newBuilder();
        config.getMetadataBuilder().setName("c");
        config.getLinuxBuilder().getSecurityContextBuilder().setNamespaceOptions(options);
        for (var mount : mounts) {
            config.addMounts(mount);
        }
        return config.build();
    }

    @Test
    void shouldHoldAContainerToTheIdsOfItsPod() throws Exception {
        var none = NamespaceOption.getDefaultInstance();
        var other = options(user -> user.setUids(0, mapping(0, 7, 7)));

        UserIds.check(owning(), container(none));
        UserIds.check(owning(), container(options(_ -> {})));
        UserIds.check(pod(none), container(none));
        assertRefused(
                "userns_options of container \"c\" are not those of its pod",
                () -> UserIds.check(owning(), container(other)));
        assertRefused("are not those of its pod", () -> UserIds.check(pod(none), container(other)));
        var nodePids = none.toBuilder().setPid(NamespaceMode.NODE).build();
        assertRefused("the node's pids", () -> UserIds.check(owning(), container(nodePids)));
        UserIds.check(pod(none), container(nodePids));
    }

    @Test
    void shouldHoldMountsToTheIdsOfTheirPod() throws Exception {
        var none = NamespaceOption.getDefaultInstance();
        var plain = Mount.newBuilder().setContainerPath("/m");
        var mapped = plain.clone().addUidMappings(USERS).addGidMappings(GROUPS).build();
        var halfMapped = plain.clone().addGidMappings(GROUPS).build();
        var shared =
                plain.clone().setPropagation(MountPropagation.PROPAGATION_BIDIRECTIONAL).build();

        assertThat(UserIds.isMapped(plain.build())).isFalse();
        assertThat(UserIds.isMapped(mapped)).isTrue();
        assertThat(UserIds.isMapped(halfMapped)).isTrue();
        UserIds.check(owning(), container(none, plain.build(), mapped));
        UserIds.check(pod(none), container(none, plain.build(), shared));
        assertRefused(
                "mount /m has other ids",
                () -> UserIds.check(owning(), container(none, halfMapped)));
        assertRefused(
                "mount /m has other ids",
                () ->
                        UserIds.check(
                                owning(),
                                container(none, plain.clone().addUidMappings(USERS).build())));
        assertRefused(
                "mount /m has other ids", () -> UserIds.check(pod(none), container(none, mapped)));
        assertRefused(
                "nothing propagates out of a user namespace",
                () -> UserIds.check(owning(), container(none, shared)));
    }

    @Test
    void shouldHoldAProcessToTheIdsThatThereAre() throws Exception {
        UserIds.check(owning(), process(65_535, 999, 0));
        UserIds.check(pod(NamespaceOption.getDefaultInstance()), process(70_000, 70_000, 70_000));
        assertRefused("uid 65536, gid 0", () -> UserIds.check(owning(), process(65_536, 0, 0)));
        assertRefused("uid 4294967295", () -> UserIds.check(owning(), process(-1, 0, 0)));
        assertRefused("gid 1000", () -> UserIds.check(owning(), process(0, 1000, 0)));
        assertRefused("groups [1000]", () -> UserIds.check(owning(), process(0, 0, 1000)));
    }

    private static ProcessRecord.Builder process(int uid, int gid, int group) {
        return ProcessRecord.newBuilder().setUid(uid).setGid(gid).addSupplementalGroups(group);
    }
}
