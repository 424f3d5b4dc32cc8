package io.demitasse.daemon.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.demitasse.daemon.call.RequestException;
import io.demitasse.linux.security.SeccompProfile;
import io.demitasse.linux.security.SeccompProfile.Action;
import io.demitasse.linux.security.SeccompProfile.Comparison;
import io.demitasse.linux.security.SeccompProfile.Condition;
import io.demitasse.linux.security.SeccompProfile.Rule;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SeccompDocumentTest {
    @Test
    void shouldReadWhatTheOciSpecificationDefines() throws RequestException {
        var json =
                """
                {"defaultAction": "SCMP_ACT_ERRNO", "defaultErrnoRet": 38,
                 "architectures": ["SCMP_ARCH_X86_64"], "flags": ["SECCOMP_FILTER_FLAG_TSYNC"],
                 "syscalls": [
                   {"names": ["read", "write"], "action": "SCMP_ACT_ALLOW", "includes": {}},
                   {"names": ["chmod"], "action": "SCMP_ACT_ERRNO"},
                   {"names": ["personality"], "action": "SCMP_ACT_ALLOW", "args": [
                     {"index": 0, "value": 18446744073709551615, "op": "SCMP_CMP_EQ"},
                     {"index": 1, "value": 255, "valueTwo": 8, "op": "SCMP_CMP_MASKED_EQ"}]}]}
                """;

        var profile = SeccompDocument.parse(json, "x.json");

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
                                                        Condition.masked(1, 255, 8))))));
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

        var profile = SeccompDocument.parse(json, "x.json");

        assertThat(profile.rules())
                .extracting(Rule::conditions)
                .containsExactly(
                        List.of(Condition.of(0, Comparison.EQUAL, 16)),
                        List.of(Condition.of(0, Comparison.GREATER_OR_EQUAL, 40)));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "{\"syscalls\": []} | INVALID_ARGUMENT | x.json has no defaultAction",
                "{{ | INVALID_ARGUMENT | x.json is malformed",
                "{\"defaultAction\": \"DENY\"} | INVALID_ARGUMENT | x.json: no action: DENY",
                "{\"defaultAction\": \"SCMP_ACT_NOTIFY\"} | UNIMPLEMENTED | SCMP_ACT_NOTIFY",
                "{\"defaultAction\": \"SCMP_ACT_ALLOW\", \"flags\": [\"X\"]} | UNIMPLEMENTED | X is not",
                "{\"defaultAction\": \"SCMP_ACT_ALLOW\", \"syscalls\": [{\"names\": [\"a\"],"
                        + " \"action\": \"SCMP_ACT_ALLOW\", \"includes\": {\"caps\": [\"C\"]}}]}"
                        + " | UNIMPLEMENTED | includes and excludes",
                "{\"defaultAction\": \"SCMP_ACT_ALLOW\", \"syscalls\": [{\"names\": [\"a\"],"
                        + " \"action\": \"SCMP_ACT_ALLOW\", \"args\": [{\"index\": 6,"
                        + " \"op\": \"SCMP_CMP_EQ\"}]}]} | INVALID_ARGUMENT | no argument of a",
            })
    void shouldNameTheProfileAndWhatIsWrongWithIt(
            String json, RequestException.Kind kind, String sentence) {
        var refusal =
                catchThrowableOfType(
                        RequestException.class, () -> SeccompDocument.parse(json, "x.json"));

        assertThat(refusal).hasMessageContaining(sentence).hasMessageContaining("x.json");
        assertThat(refusal.kind()).isEqualTo(kind);
    }
}
