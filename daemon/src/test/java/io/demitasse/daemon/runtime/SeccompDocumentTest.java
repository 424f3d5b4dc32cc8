package io.demitasse.daemon.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.demitasse.daemon.call.RequestException;
import io.demitasse.linux.security.Capability;
import io.demitasse.linux.security.CapabilitySet;
import io.demitasse.linux.security.SeccompProfile;
import io.demitasse.linux.security.SeccompProfile.Action;
import io.demitasse.linux.security.SeccompProfile.Comparison;
import io.demitasse.linux.security.SeccompProfile.Condition;
import io.demitasse.linux.security.SeccompProfile.Flag;
import io.demitasse.linux.security.SeccompProfile.Rule;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SeccompDocumentTest {
    private static final CapabilitySet BOUNDING = CapabilitySet.of(Capability.CAP_SYS_CHROOT);

    @Test
    void shouldReadWhatTheOciSpecificationDefines() throws RequestException {
        var json =
                """
                {"defaultAction": "SCMP_ACT_ERRNO", "defaultErrnoRet": 38,
                 "architectures": ["SCMP_ARCH_X86_64"], "flags": ["SECCOMP_FILTER_FLAG_TSYNC"],
                 "syscalls": [
                   {"names": ["read", "write"], "action": "SCMP_ACT_ALLOW", "includes": {}},
                   {"names": ["chmod"], "action": "SCMP_ACT_ERRNO"},
                   {"names": ["chown"], "action": "SCMP_ACT_ERRNO", "errnoRet": 38},
                   {"names": ["personality"], "action": "SCMP_ACT_ALLOW", "args": [
                     {"index": 0, "value": 18446744073709551615, "op": "SCMP_CMP_EQ"},
                     {"index": 1, "value": 255, "valueTwo": 8, "op": "SCMP_CMP_MASKED_EQ"}]}]}
                """;

        var profile = SeccompDocument.parse(json, BOUNDING, "x.json");

        assertThat(profile)
                .isEqualTo(
                        new SeccompProfile(
                                new Action.Fail(38),
                                List.of(
                                        new Rule(
                                                List.of("read", "write"),
                                                new Action.Allow(),
                                                List.of()),
                                        new Rule(List.of("chmod"), new Action.Fail(1), List.of()),
                                        new Rule(
                                                List.of("personality"),
                                                new Action.Allow(),
                                                List.of(
                                                        Condition.of(0, Comparison.EQUAL, -1L),
                                                        Condition.masked(1, 255, 8)))),
                                Set.of("SCMP_ARCH_X86_64"),
                                Set.of()));
    }

    @Test
    void shouldMakeAlternativesOfConditionsOnTheSameArgument() throws RequestException {
        var json =
                """
                {"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [
                   {"names": ["socket"], "action": "SCMP_ACT_KILL_PROCESS", "args": [
                     {"index": 0, "value": 16, "op": "SCMP_CMP_EQ"},
                     {"index": 0, "value": 40, "op": "SCMP_CMP_GE"}]}]}
                """;

        var profile = SeccompDocument.parse(json, BOUNDING, "x.json");

        assertThat(profile.rules())
                .extracting(Rule::conditions)
                .containsExactly(
                        List.of(Condition.of(0, Comparison.EQUAL, 16)),
                        List.of(Condition.of(0, Comparison.GREATER_OR_EQUAL, 40)));
    }

    @Test
    void shouldReadDockersForm() throws RequestException {
        boolean arm = "aarch64".equals(System.getProperty("os.arch"));
        var json =
                """
                {"defaultAction": "SCMP_ACT_ALLOW", "flags": ["SECCOMP_FILTER_FLAG_LOG",
                   "SECCOMP_FILTER_FLAG_SPEC_ALLOW", "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV"],
                 "archMap": [
                   {"architecture": "SCMP_ARCH_S390X", "subArchitectures": ["SCMP_ARCH_S390"]},
                   {"architecture": "NATIVE", "subArchitectures": ["SCMP_ARCH_X86"]}],
                 "syscalls": [
                   {"name": "mkdir", "action": "SCMP_ACT_ERRNO", "args": []},
                   {"names": ["a"], "action": "SCMP_ACT_KILL", "includes": {"caps": ["CAP_SYS_CHROOT"]}},
                   {"names": ["b"], "action": "SCMP_ACT_KILL", "includes": {"caps": ["CAP_SYS_ADMIN"]}},
                   {"names": ["c"], "action": "SCMP_ACT_KILL", "excludes": {"caps": ["CAP_SYS_CHROOT"]}},
                   {"names": ["d"], "action": "SCMP_ACT_KILL", "excludes": {"caps": ["CAP_SYS_ADMIN"]}},
                   {"names": ["e"], "action": "SCMP_ACT_KILL", "includes": {"arches": ["s390x"]}},
                   {"names": ["f"], "action": "SCMP_ACT_KILL", "includes": {"arches": ["GO"]}},
                   {"names": ["g"], "action": "SCMP_ACT_KILL", "excludes": {"arches": ["GO"]}},
                   {"names": ["h"], "action": "SCMP_ACT_KILL", "includes": {"minKernel": "4.8"}},
                   {"names": ["i"], "action": "SCMP_ACT_KILL", "includes": {"minKernel": "99.0"}},
                   {"names": ["j"], "action": "SCMP_ACT_KILL", "excludes": {"minKernel": "4.8"}},
                   {"Names": ["k"], "ACTION": "SCMP_ACT_KILL_THREAD"}]}
                """
                        .replace("NATIVE", arm ? "SCMP_ARCH_AARCH64" : "SCMP_ARCH_X86_64")
                        .replace("GO", arm ? "arm64" : "amd64");

        var profile = SeccompDocument.parse(json, BOUNDING, "x.json");

        assertThat(profile.rules())
                .flatExtracting(Rule::systemCalls)
                .containsExactly("mkdir", "a", "d", "f", "h", "k");
        assertThat(profile.rules().getFirst().action()).isEqualTo(new Action.Fail(1));
        assertThat(profile.flags()).containsExactlyInAnyOrder(Flag.LOG, Flag.SPEC_ALLOW);
        assertThat(profile.architectures()).contains("SCMP_ARCH_X86").hasSize(2);
    }

    /** Otherwise it would win over the one behind it. */
    @Test
    void shouldLeaveOutARuleThatSaysWhatHoldsAnyway() throws RequestException {
        var json =
                """
                {"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [
                   {"names": ["clone"], "action": "SCMP_ACT_ERRNO"},
                   {"names": ["clone"], "action": "SCMP_ACT_ALLOW", "args": [
                     {"index": 0, "value": 16, "op": "SCMP_CMP_NE"}]}]}
                """;

        assertThat(SeccompDocument.parse(json, BOUNDING, "x.json").rules())
                .extracting(Rule::action)
                .containsExactly(new Action.Allow());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "{\"syscalls\": []} | INVALID_ARGUMENT | x.json: it has no defaultAction",
                "{{ | INVALID_ARGUMENT | x.json is malformed",
                "{\"defaultAction\": \"DENY\"} | INVALID_ARGUMENT | x.json: no action: DENY",
                "{\"defaultAction\": \"SCMP_ACT_NOTIFY\"} | UNIMPLEMENTED | SCMP_ACT_NOTIFY",
                "{\"defaultAction\": \"SCMP_ACT_ALLOW\", \"flags\": [\"X\"]} | UNIMPLEMENTED | X is not",
                "{\"defaultAction\": \"SCMP_ACT_ALLOW\"} x | INVALID_ARGUMENT | x.json is malformed",
                "[] | INVALID_ARGUMENT | it is no object",
                "{\"defaultAction\": 1} | INVALID_ARGUMENT | defaultAction is no string",
                "{\"defaultAction\": \"SCMP_ACT_ALLOW\", \"listenerPath\": \"/s\"}"
                        + " | UNIMPLEMENTED | listenerPath is not available",
                "{\"defaultAction\": \"SCMP_ACT_ALLOW\", \"architectures\": [\"X86\"]}"
                        + " | INVALID_ARGUMENT | no architecture: X86",
                "{\"defaultAction\": \"SCMP_ACT_ERRNO\", \"defaultErrnoRet\": 2147418112}"
                        + " | INVALID_ARGUMENT | errnoRet is not between 0 and 4095",
                "{\"defaultAction\": \"SCMP_ACT_ERRNO\", \"defaultErrnoRet\": -1}"
                        + " | INVALID_ARGUMENT | defaultErrnoRet is no number",
                "{\"defaultAction\": \"SCMP_ACT_ALLOW\", \"syscalls\": {}} | INVALID_ARGUMENT"
                        + " | syscalls is no list",
                "{\"defaultAction\": \"SCMP_ACT_ALLOW\", \"syscalls\": [{\"action\":"
                        + " \"SCMP_ACT_ERRNO\"}]} | INVALID_ARGUMENT | names no system call",
                "{\"defaultAction\": \"SCMP_ACT_ALLOW\", \"syscalls\": [{\"names\": [\"\"],"
                        + " \"action\": \"SCMP_ACT_ERRNO\"}]} | INVALID_ARGUMENT | names no system call",
                "{\"defaultAction\": \"SCMP_ACT_ALLOW\", \"syscalls\": [{\"names\": [\"a\"],"
                        + " \"name\": \"b\", \"action\": \"SCMP_ACT_ERRNO\"}]} | INVALID_ARGUMENT"
                        + " | both name and names",
                "{\"defaultAction\": \"SCMP_ACT_ALLOW\", \"syscalls\": [{\"names\": [\"a\"],"
                        + " \"action\": \"SCMP_ACT_NOTIFY\"}]} | UNIMPLEMENTED | SCMP_ACT_NOTIFY is not",
                "{\"defaultAction\": \"SCMP_ACT_ALLOW\", \"syscalls\": [{\"names\": [\"a\"],"
                        + " \"action\": \"SCMP_ACT_ALLOW\", \"args\": [{\"index\": 6,"
                        + " \"op\": \"SCMP_CMP_EQ\"}]}]} | INVALID_ARGUMENT | no argument of a",
            })
    void shouldNameTheProfileAndWhatIsWrongWithIt(
            String json, RequestException.Kind kind, String sentence) {
        var refusal =
                catchThrowableOfType(
                        RequestException.class,
                        () -> SeccompDocument.parse(json, BOUNDING, "x.json"));

        assertThat(refusal).hasMessageContaining(sentence).hasMessageContaining("x.json");
        assertThat(refusal.kind()).isEqualTo(kind);
    }
}
