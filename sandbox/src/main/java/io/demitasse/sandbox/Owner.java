package io.demitasse.sandbox;

import io.demitasse.linux.namespace.IdMappings;

/**
 * A process in new network, IPC and UTS namespaces that a new user namespace owns: no thread of a
 * JVM can make those. It has to live until the sandbox is made, which pins the namespaces.
 *
 * @param ids who the users and groups of the namespace are; it has been given them
 */
public record Owner(int pid, IdMappings ids) {}
