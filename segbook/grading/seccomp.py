"""The system calls that student code may make, as the filter program that bubblewrap loads.

The namespaces already hide files, network and processes. The filter keeps student code from the rest of the kernel: a
call that is not listed does not exist in there (ENOSYS), so libraries take another way as on an older kernel. What an
exercise needs was measured: Python's standard library, NumPy and torch on all exercises of the book, and the calls that
do the same things elsewhere. Among those that are missing are the calls that make processes and threads, that hold
memory which no limit counts, and all sockets but a pair within the process, which asyncio needs.

Source: seccomp(2), bpf(2); numbers from the kernel's unistd tables.
"""

import platform
import struct

ARCHITECTURES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
# name=x86_64,aarch64
ALLOWED = """
brk=12,214 mmap=9,222 munmap=11,215 mprotect=10,226 mremap=25,216 madvise=28,233 mbind=237,235 get_mempolicy=239,236
open=2,- openat=257,56 close=3,57 close_range=436,436 read=0,63 write=1,64 readv=19,65 writev=20,66 pread64=17,67
pwrite64=18,68 lseek=8,62 sendfile=40,71 copy_file_range=326,285 fcntl=72,25 ioctl=16,29 flock=73,32 dup=32,23
dup2=33,- dup3=292,24 pipe=22,- pipe2=293,59 fsync=74,82 fdatasync=75,83 fadvise64=221,223 fallocate=285,47
truncate=76,45 ftruncate=77,46 umask=95,166
access=21,- faccessat=269,48 faccessat2=439,439 stat=4,- lstat=6,- fstat=5,80 newfstatat=262,79 statx=332,291
statfs=137,43 fstatfs=138,44 getdents64=217,61 readlink=89,- readlinkat=267,78 getcwd=79,17 chdir=80,49 fchdir=81,50
mkdir=83,- mkdirat=258,34 rmdir=84,- unlink=87,- unlinkat=263,35 rename=82,- renameat=264,38 renameat2=316,276
link=86,- linkat=265,37 symlink=88,- symlinkat=266,36 chmod=90,- fchmod=91,52 fchmodat=268,53 utimensat=280,88
getxattr=191,8 lgetxattr=192,9 fgetxattr=193,10 listxattr=194,11 llistxattr=195,12 flistxattr=196,13
execve=59,221 exit=60,93 exit_group=231,94 wait4=61,260 waitid=247,95 getpid=39,172 getppid=110,173 gettid=186,178
getuid=102,174 geteuid=107,175 getgid=104,176 getegid=108,177 getgroups=115,158 getresuid=118,148 getresgid=120,150
getpgid=121,155 getpgrp=111,- getsid=124,156 getpriority=140,141 setgroups=116,159 setresuid=117,147
setresgid=119,149 prlimit64=302,261 getrlimit=97,163 getrusage=98,165 times=100,153 uname=63,160 sysinfo=99,179
prctl=157,167 arch_prctl=158,- set_tid_address=218,96 set_robust_list=273,99 get_robust_list=274,100 rseq=334,293
futex=202,98 getrandom=318,278 getcpu=309,168 sched_getaffinity=204,123 sched_setaffinity=203,122 sched_yield=24,124
kill=62,129 tgkill=234,131 rt_sigaction=13,134 rt_sigprocmask=14,135 rt_sigreturn=15,139 rt_sigpending=127,136
rt_sigsuspend=130,133 rt_sigtimedwait=128,137 sigaltstack=131,132 pause=34,- restart_syscall=219,128
clock_gettime=228,113 clock_getres=229,114 clock_nanosleep=230,115 nanosleep=35,101 gettimeofday=96,169 time=201,-
alarm=37,- setitimer=38,103 getitimer=36,102
poll=7,- ppoll=271,73 select=23,- pselect6=270,72 epoll_create1=291,20 epoll_ctl=233,21 epoll_wait=232,-
epoll_pwait=281,22 eventfd2=290,19 socketpair=53,199 sendto=44,206 recvfrom=45,207 shutdown=48,210 getsockopt=55,209
getsockname=51,204 getpeername=52,205
"""
# Of these calls an argument, counted from 0, must be one of some values.
ONLY = {
    "socketpair": (0, (1,)),  # AF_UNIX
    "fcntl": (1, (*range(8), 1030)),  # not F_SETPIPE_SZ: 64 KiB for each pipe
    "ioctl": (1, (0x5401, 0x802C542A, 0x5413, 0x541B, 0x5421, 0x5450, 0x5451)),  # TCGETS, TCGETS2, TIOCGWINSZ, FIO…
}

LOAD, EQUAL, RETURN = 0x20, 0x15, 0x06
NUMBER, ARCHITECTURE, ARGUMENTS = 0, 4, 16  # offsets in struct seccomp_data; each argument has 8 bytes
ALLOW, KILL, REFUSE = 0x7FFF0000, 0x80000000, 0x00050000
EPERM, ENOSYS = 1, 38


def numbers(machine: str) -> dict[str, int]:
    """The numbers of the allowed calls on a processor, by name."""
    column = list(ARCHITECTURES).index(machine)
    columns = {name: both.split(",")[column] for name, _, both in (word.partition("=") for word in ALLOWED.split())}
    return {name: int(number) for name, number in columns.items() if number != "-"}


def program(machine: str | None = None) -> bytes:
    """Write the filter for this processor.

    Raises:
        ValueError: If the numbers of its system calls are not known here.
    """
    machine = machine or platform.machine()
    if machine not in ARCHITECTURES:
        raise ValueError(f"processor {machine}: known are {', '.join(ARCHITECTURES)}")
    steps = [
        (LOAD, 0, 0, ARCHITECTURE),
        (EQUAL, 1, 0, ARCHITECTURES[machine]),
        (RETURN, 0, 0, KILL),
        (LOAD, 0, 0, NUMBER),
    ]
    for name, number in numbers(machine).items():
        verdict = [(RETURN, 0, 0, ALLOW)]
        if name in ONLY:
            argument, values = ONLY[name]
            allow = [step for value in values for step in _if_equal(value, [(RETURN, 0, 0, ALLOW)])]
            verdict = [(LOAD, 0, 0, ARGUMENTS + 8 * argument), *allow, (RETURN, 0, 0, REFUSE | EPERM)]
        steps += _if_equal(number, verdict)
    return b"".join(struct.pack("HBBI", *step) for step in (*steps, (RETURN, 0, 0, REFUSE | ENOSYS)))


def _if_equal(value: int, then: list[tuple[int, int, int, int]]) -> list[tuple[int, int, int, int]]:
    """Take these steps, which end with a verdict, if the loaded number has this value; else go on behind them."""
    return [(EQUAL, 0, len(then), value), *then]
