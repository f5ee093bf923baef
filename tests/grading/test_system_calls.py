"""What student code cannot reach, tried in one sandbox; and what asyncio and files still may."""

import errno
import platform

import pytest
from holes import REACHES

from segbook.exercises import Case
from segbook.grading.caller import Caller
from segbook.grading.sandbox import Limits

# name=x86_64,aarch64; with arguments of 0, none of them could do harm if it were allowed.
REFUSED = """
pidfd_open=434,434 pidfd_getfd=438,438 pidfd_send_signal=424,424 process_madvise=440,440 process_mrelease=448,448
ptrace=101,117 kcmp=312,272 process_vm_readv=310,270 process_vm_writev=311,271 unshare=272,97 setns=308,268
chroot=161,51 pivot_root=155,41 mount=165,40 umount2=166,39 open_tree=428,428 move_mount=429,429 fsopen=430,430
fsconfig=431,431 fsmount=432,432 fspick=433,433 mount_setattr=442,442 statmount=457,457 listmount=458,458
memfd_create=319,279 memfd_secret=447,447 shmget=29,194 shmat=30,196 msgget=68,186 semget=64,190 mq_open=240,180
mlock=149,228 mlock2=325,284 mlockall=151,230 remap_file_pages=216,234 move_pages=279,239 migrate_pages=256,238
set_mempolicy=238,237 pkey_alloc=330,289 io_setup=206,0 io_submit=209,2 io_uring_setup=425,425
io_uring_enter=426,426 io_uring_register=427,427 userfaultfd=323,282 perf_event_open=298,241 bpf=321,280
seccomp=317,277 socket=41,198 bind=49,200 connect=42,203 listen=50,201 accept4=288,242 sendmsg=46,211
sendmmsg=307,269 recvmsg=47,212 setsockopt=54,208 inotify_init1=294,26 inotify_add_watch=254,27
fanotify_init=300,262 timerfd_create=283,85 timer_create=222,107 signalfd4=289,74 rt_sigqueueinfo=129,138
tkill=200,130 setxattr=188,5 lsetxattr=189,6 fsetxattr=190,7 removexattr=197,14 mknodat=259,33
name_to_handle_at=303,264 open_by_handle_at=304,265 quotactl=179,60 fchownat=260,54 add_key=248,217
request_key=249,218 keyctl=250,219 landlock_create_ruleset=444,444 lsm_get_self_attr=459,459 clock_settime=227,112
adjtimex=159,171 syslog=103,116 sethostname=170,161 setpriority=141,140 ioprio_set=251,30 sched_setscheduler=144,119
sched_setattr=314,274 personality=135,92 execveat=322,281 clone3=435,435 splice=275,76 tee=276,77 vmsplice=278,75
futex_waitv=449,449 cachestat=451,451 init_module=175,105 finit_module=313,273 delete_module=176,106
"""
FAMILIES = {"inet": 2, "inet6": 10, "netlink": 16, "packet": 17, "alg": 38, "vsock": 40, "xdp": 44}
TRY = """
import ctypes, gc, os, socket, select, sqlite3, shutil, tempfile, asyncio, fcntl, signal, time, zipfile
import numpy as np

kernel = ctypes.CDLL(None, use_errno=True)

def refuse(*numbers):
    answers = []
    for number in numbers:
        ctypes.set_errno(0)
        said = kernel.syscall(number, 0, 0, 0, 0, 0, 0)
        answers.append(ctypes.get_errno() if said == -1 else 0)
    return answers

def pair(*families):
    two, answers = (ctypes.c_int * 2)(), []
    for family in families:
        ctypes.set_errno(0)
        said = kernel.socketpair(family, 1, 0, two)
        answers.append(ctypes.get_errno() if said == -1 else 0)
    return answers

def reach(code):
    names = {"np": np, "leaked": False}
    try:
        exec(code, names)
    except BaseException:
        pass
    leaked = bool(names["leaked"])
    names.clear()
    gc.collect()
    os.closerange(6, 64)
    return leaked

def work():
    async def say():
        await asyncio.sleep(0.001)
        return "asyncio"
    done = [asyncio.run(say())]
    with tempfile.TemporaryDirectory() as folder:
        name = os.path.join(folder, "a")
        with open(name, "w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            file.write("files")
        shutil.copy2(name, name + "b")
        shutil.move(name + "b", name + "c")
        with sqlite3.connect(name + "d") as base:
            base.execute("create table t (x)")
        base.close()
        with zipfile.ZipFile(name + "e", "w") as made:
            made.write(name)
        os.truncate(name, 2)
        done.append(open(name + "c").read())
        done.append(sorted(os.listdir(folder)) == ["a", "ac", "ad", "ae"] and os.stat(name).st_size == 2)
    reader, writer = os.pipe()
    os.write(writer, b"x")
    done.append(select.select([reader], [], [], 1)[0] == [reader])
    os.kill(os.getpid(), signal.SIGCONT)
    time.sleep(0.001)
    return done
"""


def numbers() -> dict[str, int]:
    """The numbers of the calls on this machine, by name."""
    column = ["x86_64", "aarch64"].index(platform.machine())
    return {name: int(both.split(",")[column]) for name, both in (word.split("=") for word in REFUSED.split())}


@pytest.fixture(scope="module")
def said(sandbox):
    """Try everything once."""
    with Caller([TRY], {name: name for name in ("refuse", "pair", "reach", "work")}, Limits()) as caller:
        refused = caller.call("refuse", Case("all", tuple(numbers().values()), {}))
        paired = caller.call("pair", Case("all", tuple(FAMILIES.values()), {}))
        reached = {name: caller.call("reach", Case("all", (code,), {})).value for name, code in REACHES.items()}
        known = ("leaked = True", "leaked = True\n1 / 0", "1 / 0\nleaked = True")
        seen = [caller.call("reach", Case("all", (code,), {})).value for code in known]
        worked = caller.call("work", Case("all", (), {}))
    return {
        "refused": dict(zip(numbers(), refused.value, strict=True)),
        "paired": dict(zip(FAMILIES, paired.value, strict=True)),
        "reached": reached,
        "seen": seen,
        "worked": worked,
    }


@pytest.mark.parametrize("name", [word.partition("=")[0] for word in REFUSED.split()])
def test_a_system_call_does_not_exist_in_the_sandbox(said, name):
    assert said["refused"][name] == errno.ENOSYS


@pytest.mark.parametrize("family", FAMILIES)
def test_there_are_no_sockets_but_pairs_within_the_process(said, family):
    assert said["paired"][family] == errno.EPERM


@pytest.mark.parametrize("name", REACHES)
def test_what_code_must_not_reach_is_not_there(said, name):
    assert said["reached"][name] is False


def test_what_is_reached_would_be_seen(said):
    assert said["seen"] == [True, True, False]


def test_what_notebooks_do_with_files_and_asyncio_works(said):
    assert (said["worked"].error, said["worked"].value) == ("", ["asyncio", "files", True, True])
