/**
 * The Kubernetes Container Runtime Interface as Java sees it.
 *
 * <p>What is here is generated from {@code src/main/proto/runtime/v1/api.proto} into {@code
 * io.demitasse.cri.v1}: one immutable class per message, one gRPC stub class per service. This
 * package itself holds {@link io.demitasse.cri.CriVersion}, the names that the protocol file cannot
 * carry.
 *
 * <p><b>Threads.</b> Messages may be shared; builders belong to one thread.
 *
 * <p><b>Memory.</b> Nothing native, no descriptors.
 *
 * <p>Deliberately not here: any meaning. Defaults, checks and answers are the daemon's.
 */
@NullMarked
package io.demitasse.cri;

import org.jspecify.annotations.NullMarked;
