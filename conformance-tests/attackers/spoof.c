/* Sends frames that its pod has no right to. Usage: spoof arp CLAIMED-ADDRESS VICTIM-ADDRESS | mac MAC | ra PREFIX | source ADDRESS VICTIM MAC
 *        spoof hear | say ADDRESS        a datagram, without any spoofing, on port 9000
 * For a second, every 20 ms, on eth0. */
#include <arpa/inet.h>
#include <netinet/if_ether.h>
#include <netpacket/packet.h>
#include <net/if.h>
#include <netinet/icmp6.h>
#include <netinet/ip6.h>
#include <netinet/ip.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

static unsigned char frame[1500], mine[6];

static uint16_t checksum(const void *data, size_t length, uint32_t sum) {
    const uint8_t *bytes = data;
    for (size_t i = 0; i < length; i += 2)
        sum += (uint32_t)(bytes[i] << 8) + (i + 1 < length ? bytes[i + 1] : 0);
    while (sum >> 16)
        sum = (sum & 0xffff) + (sum >> 16);
    return htons((uint16_t)~sum);
}

static void header(const char *to, const unsigned char *from, uint16_t type) {
    memcpy(frame, to, 6);
    memcpy(frame + 6, from, 6);
    frame[12] = (unsigned char)(type >> 8);
    frame[13] = (unsigned char)type;
}

static size_t arp(const char *claimed, const char *victim) {
    static const unsigned char fixed[] = {0, 1, 8, 0, 6, 4, 0, 2};
    header("\xff\xff\xff\xff\xff\xff", mine, ETH_P_ARP);
    memcpy(frame + 14, fixed, 8);
    memcpy(frame + 22, mine, 6);
    inet_pton(AF_INET, claimed, frame + 28);
    memset(frame + 32, 0xff, 6);
    inet_pton(AF_INET, victim, frame + 38);
    return 42;
}

static size_t advertise(const char *prefix) {
    struct ip6_hdr *ip = (struct ip6_hdr *)(frame + 14);
    struct nd_router_advert *ra = (struct nd_router_advert *)(ip + 1);
    struct nd_opt_prefix_info *option = (struct nd_opt_prefix_info *)(ra + 1);
    size_t length = sizeof *ra + sizeof *option;
    header("\x33\x33\x00\x00\x00\x01", mine, ETH_P_IPV6);
    ip->ip6_flow = htonl(6U << 28);
    ip->ip6_plen = htons((uint16_t)length);
    ip->ip6_nxt = IPPROTO_ICMPV6;
    ip->ip6_hlim = 255;
    inet_pton(AF_INET6, "fe80::1", &ip->ip6_src);
    ip->ip6_src.s6_addr[8] = mine[0] ^ 2, ip->ip6_src.s6_addr[9] = mine[1], ip->ip6_src.s6_addr[10] = mine[2];
    ip->ip6_src.s6_addr[11] = 0xff, ip->ip6_src.s6_addr[12] = 0xfe;
    memcpy(ip->ip6_src.s6_addr + 13, mine + 3, 3);
    inet_pton(AF_INET6, "ff02::1", &ip->ip6_dst);
    ra->nd_ra_type = ND_ROUTER_ADVERT;
    ra->nd_ra_curhoplimit = 64;
    ra->nd_ra_router_lifetime = htons(1800);
    option->nd_opt_pi_type = ND_OPT_PREFIX_INFORMATION;
    option->nd_opt_pi_len = 4;
    option->nd_opt_pi_prefix_len = 64;
    option->nd_opt_pi_flags_reserved = 0xc0;
    option->nd_opt_pi_valid_time = option->nd_opt_pi_preferred_time = htonl(3600);
    inet_pton(AF_INET6, prefix, &option->nd_opt_pi_prefix);
    uint32_t sum = (uint32_t)length + IPPROTO_ICMPV6;
    for (int i = 0; i < 32; i += 2)
        sum += (uint32_t)(frame[22 + i] << 8) + frame[23 + i];
    ra->nd_ra_cksum = checksum(ra, length, sum);
    return 14 + sizeof *ip + length;
}

static size_t claim(const unsigned char *mac) { /* an ARP request for nobody teaches the bridge where the address is */
    size_t length = arp("0.0.0.0", "192.0.2.1");
    memcpy(frame + 6, mac, 6);
    memcpy(frame + 22, mac, 6);
    frame[21] = 1;
    return length;
}

static size_t pretend(const char *source, const char *victim, const unsigned char *gateway) {
    struct iphdr *ip = (struct iphdr *)(frame + 14);
    unsigned char *udp = frame + 34;
    header((const char *)gateway, mine, ETH_P_IP);
    *ip = (struct iphdr){.version = 4, .ihl = 5, .ttl = 64, .protocol = 17, .tot_len = htons(20 + 8 + 7)};
    inet_pton(AF_INET, source, &ip->saddr);
    inet_pton(AF_INET, victim, &ip->daddr);
    ip->check = checksum(ip, 20, 0);
    udp[0] = 0x30, udp[1] = 0x39, udp[2] = 0x23, udp[3] = 0x28, udp[4] = 0, udp[5] = 15, udp[6] = udp[7] = 0;
    memcpy(udp + 8, "spoofed", 7);
    return 14 + 20 + 8 + 7;
}

static void parse_mac(const char *text, unsigned char *mac) {
    unsigned value[6];
    if (sscanf(text, "%x:%x:%x:%x:%x:%x", value, value + 1, value + 2, value + 3, value + 4, value + 5) == 6)
        for (int i = 0; i < 6; i++)
            mac[i] = (unsigned char)value[i];
}

static int datagrams(const char *address) {
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    struct sockaddr_in there = {.sin_family = AF_INET, .sin_port = htons(9000)};
    char text[64], from[INET_ADDRSTRLEN];
    if (address != NULL) {
        inet_pton(AF_INET, address, &there.sin_addr);
        return sendto(fd, "plainly", 7, 0, (struct sockaddr *)&there, sizeof there) == 7 ? 0 : 1;
    }
    if (bind(fd, (struct sockaddr *)&there, sizeof there) < 0)
        return 1;
    for (;;) {
        socklen_t size = sizeof there;
        long length = recvfrom(fd, text, sizeof text, 0, (struct sockaddr *)&there, &size);
        printf("%.*s from %s\n", (int)length, text, inet_ntop(AF_INET, &there.sin_addr, from, sizeof from));
        fflush(stdout);
    }
}

int main(int count, char **arguments) {
    struct ifreq link = {.ifr_name = "eth0"};
    int fd = socket(AF_PACKET, SOCK_RAW, htons(ETH_P_ALL));
    size_t length = 0;
    unsigned char mac[6];
    if (count == 2 && strcmp(arguments[1], "hear") == 0)
        return datagrams(NULL);
    if (count == 3 && strcmp(arguments[1], "say") == 0)
        return datagrams(arguments[2]);
    if (count < 3 || fd < 0 || ioctl(fd, SIOCGIFHWADDR, &link) < 0) {
        perror("spoof");
        return 1;
    }
    memcpy(mine, link.ifr_hwaddr.sa_data, 6);
    ioctl(fd, SIOCGIFINDEX, &link);
    if (strcmp(arguments[1], "arp") == 0)
        length = arp(arguments[2], arguments[3]);
    else if (strcmp(arguments[1], "ra") == 0)
        length = advertise(arguments[2]);
    else if (strcmp(arguments[1], "mac") == 0)
        parse_mac(arguments[2], mac), length = claim(mac);
    else
        parse_mac(arguments[4], mac), length = pretend(arguments[2], arguments[3], mac);
    struct sockaddr_ll to = {.sll_family = AF_PACKET, .sll_ifindex = link.ifr_ifindex, .sll_halen = 6};
    memcpy(to.sll_addr, frame, 6);
    for (int i = 0; i < 50; i++) {
        if (sendto(fd, frame, length, 0, (struct sockaddr *)&to, sizeof to) < 0)
            perror("sendto");
        usleep(20000);
    }
    puts("sent");
    return 0;
}
