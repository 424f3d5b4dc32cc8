/**
 * The {@code demitasse} command: {@code serve} runs the daemon, every other subcommand is a client
 * of a running one.
 *
 * <p>A command parses, calls, prints. Its exit code is 0 for success, 1 for a failure told on
 * standard error in one line, 2 for a command line that cannot be understood. No command decides
 * anything about containers.
 *
 * <p><b>Threads.</b> Everything runs on the main thread, but for the shutdown hook of {@code
 * serve}.
 */
@NullMarked
package io.demitasse.daemon.command;

import org.jspecify.annotations.NullMarked;
