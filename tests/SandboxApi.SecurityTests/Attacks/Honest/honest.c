// What C programs ask of a kernel: each check ends the program when its answer is wrong.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/sendfile.h>
#include <sys/shm.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#define CHECK(condition) do { if (!(condition)) { printf("line %d: %s (%s)\n", __LINE__, #condition, strerror(errno)); exit(1); } } while (0)

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static int counter;
static volatile sig_atomic_t caught;
extern char **environ;

static void *count(void *unused) {
    for (int i = 0; i < 10000; i++) { pthread_mutex_lock(&mutex); counter++; pthread_mutex_unlock(&mutex); }
    return unused;
}

static void on_signal(int number) { caught = number; }

static void threads(void) {
    pthread_t ids[16];
    for (int i = 0; i < 16; i++) CHECK(pthread_create(&ids[i], NULL, count, NULL) == 0);
    for (int i = 0; i < 16; i++) CHECK(pthread_join(ids[i], NULL) == 0);
    CHECK(counter == 160000);
    cpu_set_t set;
    CHECK(sched_getaffinity(0, sizeof set, &set) == 0 && CPU_COUNT(&set) > 0);
    CHECK(pthread_setname_np(pthread_self(), "honest") == 0);
}

static void processes(void) {
    // A semaphore in shared memory between processes: a shared futex.
    sem_t *sem = mmap(NULL, sizeof *sem, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    CHECK(sem != MAP_FAILED && sem_init(sem, 1, 0) == 0);
    pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) { sem_wait(sem); _exit(7); }
    sem_post(sem);
    int status;
    CHECK(waitpid(child, &status, 0) == child && WEXITSTATUS(status) == 7);
    char *arguments[] = { "true", NULL };
    CHECK(posix_spawnp(&child, "true", NULL, NULL, arguments, environ) == 0 && waitpid(child, &status, 0) == child && status == 0);
    child = vfork();
    if (child == 0) { execl("/bin/sh", "sh", "-c", "exit 9", NULL); _exit(1); }
    CHECK(waitpid(child, &status, 0) == child && WEXITSTATUS(status) == 9);
    FILE *pipe = popen("echo through", "r");
    char line[32];
    CHECK(fgets(line, sizeof line, pipe) && strcmp(line, "through\n") == 0 && pclose(pipe) == 0);
    CHECK(setpgid(0, 0) == 0 || errno == EPERM);
    int before = getpriority(PRIO_PROCESS, 0);
    CHECK(setpriority(PRIO_PROCESS, 0, before + 1) == 0 && getpriority(PRIO_PROCESS, 0) == before + 1);
}

static void exchange(int client, int server) {
    char buffer[8] = "";
    CHECK(write(client, "ping", 4) == 4 && read(server, buffer, 8) == 4 && memcmp(buffer, "ping", 4) == 0);
}

static void sockets(void) {
    int listener = socket(AF_INET, SOCK_STREAM, 0), yes = 1;
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t length = sizeof address;
    CHECK(setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) == 0);
    CHECK(bind(listener, (void *)&address, length) == 0 && listen(listener, 8) == 0 && getsockname(listener, (void *)&address, &length) == 0);
    int client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, IPPROTO_TCP);
    CHECK(connect(client, (void *)&address, length) == 0);
    int server = accept4(listener, NULL, NULL, SOCK_NONBLOCK);
    CHECK(server >= 0 && fcntl(server, F_SETFL, 0) == 0 && setsockopt(client, IPPROTO_TCP, 1, &yes, sizeof yes) == 0);
    exchange(client, server);

    int left = socket(AF_INET, SOCK_DGRAM, IPPROTO_UDP), right = socket(AF_INET, SOCK_DGRAM, 0);
    address.sin_port = 0;
    CHECK(bind(right, (void *)&address, length) == 0 && getsockname(right, (void *)&address, &length) == 0 && connect(left, (void *)&address, length) == 0);
    exchange(left, right);

    int pair[2];
    for (int type = SOCK_STREAM; type <= SOCK_SEQPACKET; type += type == SOCK_STREAM ? 1 : 3) {
        CHECK(socketpair(AF_UNIX, type, 0, pair) == 0);
        exchange(pair[0], pair[1]);
    }
    struct sockaddr_un path = { .sun_family = AF_UNIX, .sun_path = "honest.socket" };
    listener = socket(AF_UNIX, SOCK_STREAM, 0);
    client = socket(AF_UNIX, SOCK_STREAM, 0);
    CHECK(bind(listener, (void *)&path, sizeof path) == 0 && listen(listener, 1) == 0 && connect(client, (void *)&path, sizeof path) == 0);
    exchange(client, accept(listener, NULL, NULL));
}

static void events(void) {
    int epoll = epoll_create1(0), event = eventfd(0, 0), timer = timerfd_create(CLOCK_MONOTONIC, 0), inotify = inotify_init1(0);
    struct epoll_event wanted = { .events = EPOLLIN }, seen[4];
    struct itimerspec soon = { .it_value.tv_nsec = 1000000 };
    CHECK(epoll >= 0 && event >= 0 && timer >= 0 && inotify >= 0);
    CHECK(inotify_add_watch(inotify, ".", IN_CREATE) > 0);
    int fds[] = { event, timer, inotify };
    for (int i = 0; i < 3; i++) { wanted.data.fd = fds[i]; CHECK(epoll_ctl(epoll, EPOLL_CTL_ADD, fds[i], &wanted) == 0); }
    CHECK(timerfd_settime(timer, 0, &soon, NULL) == 0 && eventfd_write(event, 1) == 0);
    close(open("created", O_CREAT | O_WRONLY, 0644));
    int ready = 0;
    while (ready < 3) ready = epoll_wait(epoll, seen, 4, 5000);
    signal(SIGUSR1, on_signal);
    raise(SIGUSR1);
    CHECK(caught == SIGUSR1);
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR2);
    sigprocmask(SIG_BLOCK, &set, NULL);
    int signals = signalfd(-1, &set, 0);
    struct signalfd_siginfo info;
    kill(getpid(), SIGUSR2);
    CHECK(read(signals, &info, sizeof info) == sizeof info && info.ssi_signo == SIGUSR2);
    signal(SIGALRM, on_signal);
    timer_t posix;
    struct sigevent notify = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGALRM };
    CHECK(timer_create(CLOCK_REALTIME, &notify, &posix) == 0 && timer_settime(posix, 0, &soon, NULL) == 0);
    while (caught != SIGALRM) { struct timespec little = { .tv_nsec = 1000000 }; nanosleep(&little, NULL); }
}

static void memory_and_files(void) {
    int memory = memfd_create("honest", MFD_ALLOW_SEALING);
    CHECK(memory >= 0 && ftruncate(memory, 8192) == 0 && fcntl(memory, F_ADD_SEALS, F_SEAL_SHRINK) == 0);
    char *map = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_SHARED, memory, 0);
    CHECK(map != MAP_FAILED && madvise(map, 8192, MADV_WILLNEED) == 0 && mprotect(map, 4096, PROT_READ) == 0);
    // A compiler at run time writes code and runs it.
    unsigned char *code = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    memcpy(code, "\xB8\x2A\0\0\0\xC3", 6);
    CHECK(mprotect(code, 4096, PROT_READ | PROT_EXEC) == 0 && ((int (*)(void))code)() == 42);
    int shared = shmget(IPC_PRIVATE, 4096, IPC_CREAT | 0600);
    CHECK(shared >= 0 && shmat(shared, NULL, 0) != (void *)-1 && shmctl(shared, IPC_RMID, NULL) == 0);
    int named = shm_open("/honest", O_CREAT | O_RDWR, 0600);
    CHECK(named >= 0 && shm_unlink("/honest") == 0);

    int file = open("data", O_CREAT | O_RDWR, 0644), copy = open("copy", O_CREAT | O_RDWR, 0644);
    CHECK(pwrite(file, "0123456789", 10, 0) == 10 && posix_fallocate(file, 0, 4096) == 0 && fsync(file) == 0);
    CHECK(flock(file, LOCK_EX) == 0);
    struct flock lock = { .l_type = F_WRLCK, .l_len = 10 };
    CHECK(fcntl(file, F_SETLK, &lock) == 0 && fcntl(copy, F_OFD_SETLK, &lock) == 0);
    off_t from = 0;
    CHECK(sendfile(copy, file, &from, 10) == 10 && lseek(copy, 0, SEEK_CUR) == 10);
    struct iovec parts[2] = { { "ab", 2 }, { "cd", 2 } };
    CHECK(writev(copy, parts, 2) == 4 && rename("copy", "moved") == 0 && symlink("moved", "link") == 0 && link("moved", "hard") == 0);
    int ends[2];
    CHECK(pipe2(ends, O_CLOEXEC) == 0 && splice(file, &(loff_t){ 0 }, ends[1], NULL, 10, 0) == 10 && tee(ends[0], ends[1], 0, 0) == 0);
    CHECK(chmod("data", 0600) == 0 && utimensat(AT_FDCWD, "data", NULL, 0) == 0 && unlink("link") == 0);
}

int main(void) {
    threads();
    processes();
    sockets();
    events();
    memory_and_files();
    puts("honest");
}
