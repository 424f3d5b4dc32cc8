package io.demitasse.shim.container;

import io.demitasse.linux.namespace.IdMappings;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;

/**
 * A process of a container.
 *
 * @param arguments the command, whose first word is looked up in the environment's PATH
 * @param environment words of the form {@code NAME=value}; a value may be any bytes but NUL
 * @param terminal if present, its terminal takes the place of the standard streams
 * @param ids who its ids are on the node, if it is in a user namespace
 */
public record ProcessSpec(
        List<String> arguments,
        List<ByteBuffer> environment,
        String workingDirectory,
        Credentials credentials,
        CapabilityMasks capabilities,
        Confinement confinement,
        List<Rlimit> rlimits,
        OomScore oomScore,
        Optional<Terminal> terminal,
        Optional<IdMappings> ids) {
    /** Copies the lists. */
    public ProcessSpec {
        arguments = List.copyOf(arguments);
        environment = List.copyOf(environment);
        rlimits = List.copyOf(rlimits);
        if (arguments.isEmpty()) {
            throw new IllegalArgumentException("a process needs a command");
        }
        if (!workingDirectory.startsWith("/")) {
            throw new IllegalArgumentException(
                    "working directory is not absolute: " + workingDirectory);
        }
    }

    /** {@return a process of root in / without capabilities; the wither methods refine it} */
    public static ProcessSpec of(List<String> arguments, List<String> environment) {
        return new ProcessSpec(
                arguments,
                environment.stream().map(StandardCharsets.UTF_8::encode).toList(),
                "/",
                Credentials.root(),
                CapabilityMasks.none(),
                Confinement.onlyNoNewPrivileges(),
                List.of(),
                OomScore.none(),
                Optional.empty(),
                Optional.empty());
    }

    /** {@return the same with another command} */
    public ProcessSpec withArguments(List<String> other) {
        return new ProcessSpec(
                other,
                environment,
                workingDirectory,
                credentials,
                capabilities,
                confinement,
                rlimits,
                oomScore,
                terminal,
                ids);
    }

    /** {@return the same with or without a terminal} */
    public ProcessSpec withTerminal(Optional<Terminal> other) {
        return new ProcessSpec(
                arguments,
                environment,
                workingDirectory,
                credentials,
                capabilities,
                confinement,
                rlimits,
                oomScore,
                other,
                ids);
    }

    /** {@return the same as another user, with these capabilities} */
    public ProcessSpec withIdentity(Credentials who, CapabilityMasks may) {
        return new ProcessSpec(
                arguments,
                environment,
                workingDirectory,
                who,
                may,
                confinement,
                rlimits,
                oomScore,
                terminal,
                ids);
    }

    /** {@return the same in another directory} */
    public ProcessSpec withWorkingDirectory(String other) {
        return new ProcessSpec(
                arguments,
                environment,
                other,
                credentials,
                capabilities,
                confinement,
                rlimits,
                oomScore,
                terminal,
                ids);
    }

    /** {@return the same with another confinement} */
    public ProcessSpec withConfinement(Confinement other) {
        return new ProcessSpec(
                arguments,
                environment,
                workingDirectory,
                credentials,
                capabilities,
                other,
                rlimits,
                oomScore,
                terminal,
                ids);
    }

    /** {@return the same in a user namespace with these ids} */
    public ProcessSpec withIds(IdMappings mappings) {
        return new ProcessSpec(
                arguments,
                environment,
                workingDirectory,
                credentials,
                capabilities,
                confinement,
                rlimits,
                oomScore,
                terminal,
                Optional.of(mappings));
    }
}
