package io.demitasse.sandbox;

import java.util.List;

/**
 * What a pod's resolv.conf says. Empty means: what the node's says.
 *
 * @see <a href="https://man7.org/linux/man-pages/man5/resolv.conf.5.html">resolv.conf(5)</a>
 */
public record DnsConfig(List<String> servers, List<String> searches, List<String> options) {
    /** What the node uses. */
    public static final DnsConfig OF_NODE = new DnsConfig(List.of(), List.of(), List.of());

    public DnsConfig {
        servers = checked("nameserver", servers);
        searches = checked("search", searches);
        options = checked("options", options);
    }

    /** {@return whether the node's own resolv.conf is to be used} */
    public boolean isOfNode() {
        return servers.isEmpty() && searches.isEmpty() && options.isEmpty();
    }

    /** {@return the text of resolv.conf} */
    public String text() {
        var text = new StringBuilder();
        if (!searches.isEmpty()) {
            text.append("search ").append(String.join(" ", searches)).append('\n');
        }
        for (var server : servers) {
            text.append("nameserver ").append(server).append('\n');
        }
        if (!options.isEmpty()) {
            text.append("options ").append(String.join(" ", options)).append('\n');
        }
        return text.toString();
    }

    private static List<String> checked(String keyword, List<String> words) {
        for (var word : words) {
            // A word with a newline in it would smuggle a line of its own into the file.
            if (word.isEmpty() || word.chars().anyMatch(c -> c <= ' ' || c == 0x7f)) {
                throw new IllegalArgumentException(
                        keyword + " \"" + word + "\" is not one word of resolv.conf");
            }
        }
        return List.copyOf(words);
    }
}
