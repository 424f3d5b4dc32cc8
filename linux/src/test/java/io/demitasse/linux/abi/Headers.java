package io.demitasse.linux.abi;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** What C calls the things of the raw layer, and where it declares them. */
final class Headers {
    private static final Map<String, List<String>> OF_CLASS =
            Map.ofEntries(
                    Map.entry("BpfSyscalls", List.of("linux/bpf.h")),
                    Map.entry(
                            "CgroupSyscalls",
                            List.of(
                                    "fcntl.h",
                                    "linux/magic.h",
                                    "linux/openat2.h",
                                    "poll.h",
                                    "sys/vfs.h",
                                    "time.h")),
                    Map.entry(
                            "ConntrackSyscalls",
                            List.of(
                                    "linux/netfilter/nfnetlink.h",
                                    "linux/netfilter/nfnetlink_conntrack.h")),
                    Map.entry("Errno", List.of("errno.h")),
                    Map.entry(
                            "FileSyscalls",
                            List.of(
                                    "fcntl.h",
                                    "linux/openat2.h",
                                    "stdio.h",
                                    "sys/file.h",
                                    "sys/stat.h",
                                    "sys/vfs.h",
                                    "sys/xattr.h",
                                    "time.h")),
                    Map.entry(
                            "IoSyscalls",
                            List.of(
                                    "fcntl.h",
                                    "poll.h",
                                    "sys/epoll.h",
                                    "sys/eventfd.h",
                                    "sys/inotify.h",
                                    "sys/mman.h",
                                    "sys/timerfd.h",
                                    "time.h")),
                    Map.entry("IsalCalls", List.of("isa-l/igzip_lib.h")),
                    Map.entry("MountSyscalls", List.of("fcntl.h", "sys/mount.h")),
                    Map.entry(
                            "NamespaceSyscalls",
                            List.of("fcntl.h", "linux/nsfs.h", "sched.h", "sys/mount.h")),
                    Map.entry(
                            "NetlinkSyscalls",
                            List.of("fcntl.h", "sys/socket.h", "linux/netlink.h")),
                    Map.entry(
                            "NftablesSyscalls",
                            List.of(
                                    "sys/socket.h",
                                    "linux/netfilter.h",
                                    "linux/netfilter/nf_tables.h",
                                    "linux/netfilter/nfnetlink.h",
                                    "linux/netlink.h")),
                    Map.entry(
                            "ProcessSyscalls",
                            List.of(
                                    "fcntl.h",
                                    "poll.h",
                                    "signal.h",
                                    "sys/prctl.h",
                                    "sys/resource.h",
                                    "sys/wait.h",
                                    "time.h")),
                    Map.entry(
                            "RtnetlinkSyscalls",
                            List.of(
                                    "sys/socket.h",
                                    "net/if.h",
                                    "linux/if_addr.h",
                                    "linux/if_link.h",
                                    "linux/ip.h",
                                    "linux/rtnetlink.h",
                                    "linux/veth.h")),
                    Map.entry("SeccompSyscalls", List.of("linux/seccomp.h", "seccomp.h")),
                    Map.entry(
                            "SocketSyscalls",
                            List.of(
                                    "fcntl.h",
                                    "linux/openat2.h",
                                    "poll.h",
                                    "sys/socket.h",
                                    "sys/uio.h",
                                    "sys/un.h",
                                    "time.h")),
                    Map.entry("SystemCall", List.of("sys/syscall.h")),
                    Map.entry("ZstdCalls", List.of("zstd.h")));

    /** What brings the headers that come with neither the kernel nor libc. */
    private static final Map<String, String> PACKAGES =
            Map.of(
                    "isa-l/igzip_lib.h", "libisal-dev",
                    "seccomp.h", "libseccomp-dev",
                    "zstd.h", "libzstd-dev");

    /** Structs whose C name is not that of the constant. */
    private static final Map<String, String> STRUCTS =
            Map.of(
                    "SIGINFO", "siginfo_t",
                    "PROG_LOAD_ATTR", "union bpf_attr",
                    "PROG_ATTACH_ATTR", "union bpf_attr",
                    "ZSTD_inBuffer", "ZSTD_inBuffer",
                    "ZSTD_outBuffer", "ZSTD_outBuffer");

    /** Layouts that leave a tail out: one that varies in length, or members of a union. */
    private static final Set<String> PREFIXES =
            Set.of(
                    "LINUX_DIRENT64",
                    "PROG_LOAD_ATTR",
                    "PROG_ATTACH_ATTR",
                    "INFLATE_STATE",
                    "RTNL_LINK_STATS64");

    /** Numbers of the raw classes that C does not have, or the kernel to itself. */
    private static final Set<String> OURS =
            Set.of(
                    "CTA_FILTER_F_CTA_PROTO_NUM",
                    "CTA_FILTER_F_CTA_PROTO_DST_PORT",
                    "FILE_ACTIONS_BYTES",
                    "MAX_ERROR_NAME_BYTES",
                    "STATE_BYTES",
                    "TABLES_BYTES");

    /** What the oldest headers we build with (Linux 6.1, glibc 2.36, libseccomp 2.5.4) lack. */
    private static final Set<String> NEWER =
            Set.of(
                    "__NR_statmount",
                    "__NR_listmount",
                    "NS_GET_NSTYPE",
                    "PIDFD_SIGNAL_PROCESS_GROUP");

    /** The kernel declares it to itself; the manual page getdents64(2) has it. */
    private static final String DECLARATIONS =
            """
            struct linux_dirent64 {
                unsigned long long d_ino;
                long long d_off;
                unsigned short d_reclen;
                unsigned char d_type;
                char d_name[];
            };
            """;

    private Headers() {}

    /** {@return the start of a C program that knows what a raw class knows} */
    static String prelude(Class<?> raw) {
        var headers = OF_CLASS.get(raw.getSimpleName());
        if (headers == null) {
            throw new AssertionError("no headers known for " + raw.getSimpleName());
        }
        var text =
                new StringBuilder("#define _GNU_SOURCE\n#include <stdio.h>\n#include <stddef.h>\n");
        headers.forEach(header -> text.append("#include <").append(header).append(">\n"));
        return text.append(DECLARATIONS).toString();
    }

    /** {@return the package to install where a header is missing, or empty} */
    static Optional<String> missing(Class<?> raw) {
        return OF_CLASS.getOrDefault(raw.getSimpleName(), List.of()).stream()
                .filter(header -> PACKAGES.containsKey(header))
                .filter(header -> !Files.exists(Path.of("/usr/include", header)))
                .map(header -> PACKAGES.getOrDefault(header, ""))
                .findFirst();
    }

    static String struct(String layout) {
        return STRUCTS.getOrDefault(layout, "struct " + layout.toLowerCase(java.util.Locale.ROOT));
    }

    static boolean isWhole(String layout) {
        return !PREFIXES.contains(layout);
    }

    static boolean isOurs(String constant) {
        return OURS.contains(constant);
    }

    static boolean mayBeMissing(String expression) {
        return NEWER.contains(expression);
    }
}
