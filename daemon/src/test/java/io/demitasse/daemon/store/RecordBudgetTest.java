package io.demitasse.daemon.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.demitasse.cri.v1.ContainerConfig;
import io.demitasse.cri.v1.ContainerMetadata;
import io.demitasse.cri.v1.KeyValue;
import io.demitasse.daemon.call.HeapCost;
import io.demitasse.daemon.call.RequestException;
import io.demitasse.daemon.record.v1.ContainerRecord;
import org.junit.jupiter.api.Test;

class RecordBudgetTest {
    private final RecordBudget budget = new RecordBudget(100_000);

    @Test
    void shouldRefuseWhatDoesNotFitUntilOtherThingsAreGone() throws Exception {
        budget.admit("a", 60_000);

        assertThatExceptionOfType(RequestException.class)
                .isThrownBy(() -> budget.admit("b", 60_000))
                .matches(refused -> refused.kind() == RequestException.Kind.EXHAUSTED)
                .withMessageContaining("remove some");

        budget.release("a");
        budget.release("a");
        budget.admit("b", 60_000);
        budget.admit("c", 30_000);
        assertThatExceptionOfType(RequestException.class)
                .isThrownBy(() -> budget.admit("d", 10_000));
    }

    @Test
    void shouldCountAChangedRecordOnce() throws Exception {
        budget.admit("a", 60_000);

        budget.admit("a", 80_000);
        budget.admit("a", 10_000);

        budget.admit("b", 80_000);
        assertThatExceptionOfType(RequestException.class)
                .isThrownBy(() -> budget.admit("a", 20_000));
    }

    /** What is kept beside a record counts as well: 2,048 bytes. */
    @Test
    void shouldFillToTheLastByteAndNotBeyond() throws Exception {
        budget.require(100_000 - 2048);
        assertThatExceptionOfType(RequestException.class)
                .isThrownBy(() -> budget.require(100_000 - 2047))
                .withMessageContaining("would take 97 KiB")
                .withMessageContaining("0 of the 0 MiB");
        assertThat(budget.restore("a", 100_000 - 2047)).isFalse();
        assertThat(budget.restore("a", 50_000)).isTrue();
        budget.admit("b", 50_000 - 2 * 2048);
        assertThatExceptionOfType(RequestException.class).isThrownBy(() -> budget.require(-2047));
        // a record that shrinks is taken even then
        budget.admit("a", 49_999);
        budget.release("b");
        budget.restoreReduced("c", 50_001 - 2 * 2048);
        assertThatExceptionOfType(RequestException.class).isThrownBy(() -> budget.require(-2047));
    }

    @Test
    void shouldKnowWhichRecordsAreReduced() {
        assertThat(budget.restore("a", 90_000)).isTrue();
        assertThat(budget.restore("b", 90_000)).isFalse();

        budget.restoreReduced("b", 1_000);

        assertThat(budget.isReduced("a")).isFalse();
        assertThat(budget.isReduced("b")).isTrue();
        budget.release("b");
        assertThat(budget.isReduced("b")).isFalse();
    }

    private static ContainerRecord.Builder record(int variables) {
        var config =
                ContainerConfig.newBuilder()
                        .setMetadata(ContainerMetadata.newBuilder().setName("name").setAttempt(3))
                        .putLabels("io.kubernetes.pod.uid", "uid")
                        .putAnnotations("long", "x".repeat(20_000))
                        .setLogPath("c.log")
                        .setTty(true);
        for (int i = 0; i < variables; i++) {
            config.addEnvs(KeyValue.getDefaultInstance());
        }
        var record = ContainerRecord.newBuilder().setId("id").setConfig(config);
        record.getProcessBuilder().setUid(7).setSeccompProfile("y".repeat(5000));
        return record;
    }

    /** Two bytes on the wire, and an object, a reference and two fields in memory. */
    @Test
    void shouldCountObjectsAndNotBytes() {
        var many = record(10_000).build();

        assertThat(RecordBudget.cost(many) - RecordBudget.cost(record(0).build()))
                .isBetween(400_000L, 1_200_000L);
        assertThat(RecordBudget.cost(record(0).build())).isBetween(25_000L, 35_000L);
    }

    @Test
    void shouldRefuseToCountWhatIsNoMessage() {
        var torn = record(3).build().toByteArray();

        for (int length = 1; length < 60; length++) {
            var bytes = java.util.Arrays.copyOf(torn, torn.length - length);
            assertThatExceptionOfType(IllegalArgumentException.class)
                    .isThrownBy(() -> HeapCost.of(ContainerRecord.getDescriptor(), bytes));
        }
    }

    @Test
    void shouldReduceARecordToWhatItIsKnownBy() throws Exception {
        var whole = record(1000).build();

        var reduced =
                ContainerRecord.parseFrom(
                        ReducedMessage.of(ContainerRecord.getDescriptor(), whole.toByteArray()));

        var expected = whole.toBuilder();
        expected.getConfigBuilder().clearEnvs().clearAnnotations();
        expected.getProcessBuilder().clearSeccompProfile();
        assertThat(reduced).isEqualTo(expected.build());
    }
}
