package io.demitasse.conformance.architecture;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaFieldAccess;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Modules point one way.
 *
 * <pre>
 *   daemon ──▶ sandbox ──▶ shim ──▶ linux
 *      ├─────▶ storage-overlay ───────┘
 *      └─────▶ cri-api
 * </pre>
 */
class ModuleArrowsTest {
    @Test
    void shouldPointDown() {
        layeredArchitecture()
                .consideringOnlyDependenciesInLayers()
                .layer("linux")
                .definedBy("io.demitasse.linux..")
                .layer("cri-api")
                .definedBy("io.demitasse.cri..")
                .layer("storage-overlay")
                .definedBy("io.demitasse.storage..")
                .layer("shim")
                .definedBy("io.demitasse.shim..")
                .layer("sandbox")
                .definedBy("io.demitasse.sandbox..")
                .layer("daemon")
                .definedBy("io.demitasse.daemon..")
                .whereLayer("linux")
                .mayNotAccessAnyLayer()
                .whereLayer("cri-api")
                .mayNotAccessAnyLayer()
                .whereLayer("storage-overlay")
                .mayOnlyAccessLayers("linux")
                .whereLayer("shim")
                .mayOnlyAccessLayers("linux")
                .whereLayer("sandbox")
                .mayOnlyAccessLayers("linux", "shim")
                .whereLayer("daemon")
                .mayNotBeAccessedByAnyLayer()
                .check(OurClasses.ALL);
    }

    @Test
    void shouldHaveNoCyclesBetweenPackages() {
        slices().matching("io.demitasse.(**)").should().beFreeOfCycles().check(OurClasses.ALL);
    }

    /** The rules above are true of nothing, too: this says that they looked at something. */
    @ParameterizedTest
    @ValueSource(strings = {"linux", "cri", "storage", "shim", "sandbox", "daemon"})
    void shouldHaveLookedAtEveryModule(String module) {
        assertThat(OurClasses.ALL.that(resideInAPackage("io.demitasse." + module + "..")))
                .isNotEmpty();
    }

    @Test
    void shouldKeepTheWireProtocolInTheDaemon() {
        noClasses()
                .that()
                .resideInAnyPackage(
                        "io.demitasse.linux..",
                        "io.demitasse.storage..",
                        "io.demitasse.shim..",
                        "io.demitasse.sandbox..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("io.grpc..", "com.google.protobuf..", "io.netty..")
                .because("the daemon translates at the border")
                .check(OurClasses.ALL);
    }

    /** Reading a status is free to all; which code a failure has is decided in one file. */
    @Test
    void shouldChooseStatusCodesInOnePlace() {
        noClasses()
                .that()
                .resideInAPackage("io.demitasse.daemon..")
                .and()
                .haveNameNotMatching(".*\\.StatusMapping(\\$.*)?")
                .should()
                .accessFieldWhere(isStatusCode())
                .because("StatusMapping turns exceptions into codes, and nobody else")
                .check(OurClasses.ALL);
    }

    private static DescribedPredicate<JavaFieldAccess> isStatusCode() {
        return DescribedPredicate.describe(
                "target is a status code",
                access -> access.getTarget().getOwner().getName().startsWith("io.grpc.Status"));
    }
}
