package io.demitasse.daemon.stream;

/** Goes through a pipeline when the upgrade is done and the new protocol may send. */
enum ProtocolReady {
    INSTANCE
}
