namespace SandboxApi.SecurityTests.Attacks;

/// <summary>A C program that takes what the kernel charges to nobody, or counts once for the host; it says how much, and holds it.</summary>
internal static class UnchargedProgram
{
    /// <summary>Arguments: what to take, and how often.</summary>
    public const string Source = """
        #define _GNU_SOURCE
        #include <fcntl.h>
        #include <netinet/in.h>
        #include <stdio.h>
        #include <stdlib.h>
        #include <string.h>
        #include <sys/mman.h>
        #include <sys/socket.h>
        #include <unistd.h>

        static char bytes[60000];
        static struct sockaddr_in here = { .sin_family = AF_INET };
        static socklen_t size = sizeof here;

        /* Byte ranges apart from each other, so that none are joined; few in each file, as the kernel goes through all of them. */
        static long locks(long most) {
            long taken = 0;
            for (int file = 0; taken < most; file++) {
                char name[32];
                sprintf(name, "locked-%d", file);
                int f = open(name, O_RDWR | O_CREAT, 0600);
                if (f < 0) break;
                for (int i = 0; i < 200; i++, taken++) {
                    struct flock lock = { .l_type = F_WRLCK, .l_start = 2 * i, .l_len = 1 };
                    if (fcntl(f, F_SETLK, &lock) < 0) return taken;
                }
            }
            return taken;
        }

        static long fill(int s) {
            long sent = 0, w;
            for (int refused = 0; refused < 3;) {
                if ((w = write(s, bytes, sizeof bytes)) > 0) sent += w;
                else { refused++; usleep(2000); }
            }
            return sent;
        }

        static long tcp(long most) {
            long sent = 0;
            int l = socket(AF_INET, SOCK_STREAM, 0);
            bind(l, (void *)&here, size);
            listen(l, 128);
            getsockname(l, (void *)&here, &size);
            for (; most > 0; most--) {
                int a = socket(AF_INET, SOCK_STREAM, 0);
                if (a < 0 || connect(a, (void *)&here, size) < 0) break;
                int b = accept4(l, 0, 0, SOCK_NONBLOCK);
                fcntl(a, F_SETFL, O_NONBLOCK);
                sent += fill(a) + fill(b);
            }
            return sent;
        }

        static long udp(long most) {
            long sent = 0;
            for (; most > 0; most--) {
                struct sockaddr_in own = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
                int s = socket(AF_INET, SOCK_DGRAM, 0);
                if (s < 0 || bind(s, (void *)&own, size) < 0 || getsockname(s, (void *)&own, &size) < 0) break;
                for (int i = 0; i < 8; i++) sent += sendto(s, bytes, sizeof bytes, MSG_DONTWAIT, (void *)&own, size);
            }
            return sent;
        }

        /* What is mapped stays open without a descriptor. */
        static long mapped(long most) {
            long taken = 0;
            int f = open("mapped", O_RDWR | O_CREAT, 0600);
            if (ftruncate(f, 4096) < 0) return -1;
            for (; taken < most; taken++) {
                if ((f = open("mapped", O_RDONLY)) < 0) break;
                void *m = mmap(0, 4096, PROT_READ, MAP_SHARED, f, 0);
                close(f);
                if (m == MAP_FAILED) break;
            }
            return taken;
        }

        /* Sent and never received: open, and nobody's. */
        static long flight(long most) {
            long taken = 0;
            for (; most > 0; most--) {
                int p[2], f[250], n = 0;
                union { char bytes[CMSG_SPACE(sizeof f)]; struct cmsghdr align; } control;
                if (socketpair(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0, p) < 0) return taken;
                while (n < 250 && (f[n] = open("/dev/null", O_RDONLY)) >= 0) n++;
                if (n == 0) return taken;
                struct iovec data = { bytes, 1 };
                struct msghdr message = { .msg_iov = &data, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = CMSG_SPACE(n * sizeof(int)) };
                struct cmsghdr *c = CMSG_FIRSTHDR(&message);
                c->cmsg_level = SOL_SOCKET;
                c->cmsg_type = SCM_RIGHTS;
                c->cmsg_len = CMSG_LEN(n * sizeof(int));
                memcpy(CMSG_DATA(c), f, n * sizeof(int));
                long answer = sendmsg(p[0], &message, 0);
                for (int i = 0; i < n; i++) close(f[i]);
                if (answer < 0) return taken;
                taken += n;
            }
            return taken;
        }

        int main(int count, char **arguments) {
            long most = atol(arguments[2]);
            here.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
            switch (arguments[1][0]) {
                case 'l': most = locks(most); break;
                case 't': most = tcp(most); break;
                case 'u': most = udp(most); break;
                case 'm': most = mapped(most); break;
                case 'f': most = flight(most); break;
            }
            printf("%ld\n", most);
            fflush(stdout);
            sleep(1000);
        }
        """;
}
