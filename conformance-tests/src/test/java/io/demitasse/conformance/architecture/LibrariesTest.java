package io.demitasse.conformance.architecture;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import org.junit.jupiter.api.Test;

/** What the modules below the daemon leave to it. */
class LibrariesTest {
    private static final String[] LIBRARIES = {
        "io.demitasse.linux..",
        "io.demitasse.storage..",
        "io.demitasse.shim..",
        "io.demitasse.sandbox.."
    };

    @Test
    void shouldThrowAndLeaveLoggingToWhoeverDecides() {
        noClasses()
                .that()
                .resideInAnyPackage(LIBRARIES)
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("java.util.logging..", "org.slf4j..")
                .orShould()
                .dependOnClassesThat()
                .haveNameMatching("java\\.lang\\.System\\$Logger.*")
                .check(OurClasses.ALL);
    }

    @Test
    void shouldNotPrint() {
        noClasses()
                .that()
                .resideInAnyPackage(LIBRARIES)
                .should()
                .accessField(System.class, "out")
                .orShould()
                .accessField(System.class, "err")
                .check(OurClasses.ALL);
    }

    @Test
    void shouldWaitForEventsAndNotSleep() {
        noClasses()
                .that()
                .resideInAPackage("io.demitasse..")
                .and()
                .resideOutsideOfPackage("io.demitasse.perf..")
                .should()
                .callMethod(Thread.class, "sleep", long.class)
                .orShould()
                .callMethod(Thread.class, "sleep", java.time.Duration.class)
                .check(OurClasses.ALL);
    }
}
