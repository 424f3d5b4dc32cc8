package io.demitasse.conformance.architecture;

import static com.tngtech.archunit.core.domain.JavaModifier.NATIVE;
import static com.tngtech.archunit.core.domain.JavaModifier.PUBLIC;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noMethods;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.AccessTarget.CodeUnitAccessTarget;
import com.tngtech.archunit.core.domain.JavaCall;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaMethod;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Native code is entered through one class of one module. */
class NativeAccessTest {
    private static final String KERNEL = "io.demitasse.linux.ffm.Kernel";
    private static final Set<String> LOADING = Set.of("load", "loadLibrary");

    @Test
    void shouldUseForeignMemoryInLinuxOnly() {
        noClasses()
                .that()
                .resideOutsideOfPackages("io.demitasse.linux..", "io.demitasse.perf..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("java.lang.foreign..")
                .check(OurClasses.ALL);
    }

    @Test
    void shouldLinkInKernelOnly() {
        noClasses()
                .that()
                .doNotHaveFullyQualifiedName(KERNEL)
                .should()
                .callMethodWhere(isRestricted())
                .because("Kernel is the only class that may do what can crash the process")
                .check(OurClasses.ALL);
    }

    @Test
    void shouldHaveOneClassThatLinks() {
        assertThat(
                        OurClasses.ALL.get(KERNEL).getMethodCallsFromSelf().stream()
                                .anyMatch(isRestricted()))
                .isTrue();
    }

    @Test
    void shouldDeclareNoNativeMethods() {
        noMethods().should().haveModifier(NATIVE).allowEmptyShould(true).check(OurClasses.ALL);
    }

    @Test
    void shouldKeepTheGatewayInsideLinux() {
        classes()
                .that()
                .resideInAPackage("io.demitasse.linux.ffm..")
                .should()
                .onlyBeAccessed()
                .byAnyPackage("io.demitasse.linux..", "io.demitasse.perf..")
                .check(OurClasses.ALL);
    }

    @Test
    void shouldLeaveThrowingToTheTypedLayer() {
        noClasses()
                .that()
                .haveSimpleNameEndingWith("Syscalls")
                .should()
                .dependOnClassesThat()
                .haveSimpleName("SyscallException")
                .because("a raw function returns the value or the negated errno")
                .check(OurClasses.ALL);
    }

    @Test
    void shouldShowNoSegmentToOtherModules() {
        classes()
                .that()
                .resideInAPackage("io.demitasse.linux..")
                .and()
                .resideOutsideOfPackage("io.demitasse.linux.ffm..")
                .and()
                .arePublic()
                .should(showNoSegment())
                .check(OurClasses.ALL);
    }

    private static ArchCondition<JavaClass> showNoSegment() {
        return new ArchCondition<>("have no public method with a MemorySegment") {
            @Override
            public void check(JavaClass type, ConditionEvents events) {
                type.getMethods().stream()
                        .filter(method -> method.getModifiers().contains(PUBLIC))
                        .filter(NativeAccessTest::hasSegment)
                        .forEach(method ->
                                events.add(
                                        SimpleConditionEvent.violated(
                                                method, method.getDescription())));
            }
        };
    }

    private static boolean hasSegment(JavaMethod method) {
        return method.getRawReturnType().isEquivalentTo(MemorySegment.class)
                || method.getRawParameterTypes().stream()
                        .anyMatch(type -> type.isEquivalentTo(MemorySegment.class));
    }

    private static DescribedPredicate<JavaCall<?>> isRestricted() {
        return DescribedPredicate.describe("is restricted", call -> isRestricted(call.getTarget()));
    }

    private static boolean isRestricted(CodeUnitAccessTarget target) {
        var owner = target.getOwner();
        return owner.isEquivalentTo(Linker.class)
                || owner.isEquivalentTo(SymbolLookup.class)
                || (owner.isEquivalentTo(MemorySegment.class)
                        && target.getName().equals("reinterpret"))
                || ((owner.isEquivalentTo(System.class) || owner.isEquivalentTo(Runtime.class))
                        && LOADING.contains(target.getName()));
    }
}
