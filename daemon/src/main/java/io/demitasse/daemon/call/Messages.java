package io.demitasse.daemon.call;

import com.google.protobuf.MessageLite;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/** Distributes the items of a list over messages of a limited size. */
public final class Messages {
    /** What a message takes at most, unless a single item takes more. */
    static final int MAX_BYTES = 1 << 20;

    private Messages() {}

    /** {@return as few messages as hold all items in their order; none for none} */
    public static <T extends MessageLite, R> List<R> of(
            List<T> items, Function<List<T>, R> message) {
        var messages = new ArrayList<R>();
        int first = 0;
        int bytes = 0;
        for (int i = 0; i < items.size(); i++) {
            int more = items.get(i).getSerializedSize();
            if (i > first && bytes + more > MAX_BYTES) {
                messages.add(message.apply(items.subList(first, i)));
                first = i;
                bytes = 0;
            }
            bytes += more;
        }
        if (first < items.size()) {
            messages.add(message.apply(items.subList(first, items.size())));
        }
        return messages;
    }
}
