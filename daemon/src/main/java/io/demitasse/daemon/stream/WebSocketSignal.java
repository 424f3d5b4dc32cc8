package io.demitasse.daemon.stream;

/** What a WebSocket has besides bytes. */
enum WebSocketSignal {
    /** The bytes that follow belong to a new message. */
    MESSAGE_BEGINS,

    /** Nothing more will be sent: a close frame with the status "normal". */
    CLOSE
}
