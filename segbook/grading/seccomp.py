"""The system calls that student code is refused, as the filter program that bubblewrap loads.

The namespaces already hide files, network and processes. What is refused here would get round a limit (memory that no
limit counts, a mount without a size) or reach parts of the kernel that no exercise needs.

Source: seccomp(2), bpf(2); numbers from the kernel's unistd tables.
"""

import platform
import struct

ARCHITECTURES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
REFUSED = {
    # name: (x86_64, aarch64)
    "unshare": (272, 97),  # new namespaces, and with them all capabilities
    "setns": (308, 268),
    "mount": (165, 40),  # and a mount with no size limit
    "umount2": (166, 39),
    "pivot_root": (155, 41),
    "chroot": (161, 51),
    "open_tree": (428, 428),
    "move_mount": (429, 429),
    "fsopen": (430, 430),
    "fsconfig": (431, 431),
    "fsmount": (432, 432),
    "mount_setattr": (442, 442),
    "memfd_create": (319, 279),  # memory that the address-space limit does not count
    "memfd_secret": (447, 447),
    "shmget": (29, 194),
    "msgget": (68, 186),
    "semget": (64, 190),
    "mq_open": (240, 180),
    "add_key": (248, 217),  # keys of the session
    "request_key": (249, 218),
    "keyctl": (250, 219),
    "ptrace": (101, 117),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "bpf": (321, 280),
    "perf_event_open": (298, 241),
    "userfaultfd": (323, 282),
    "io_uring_setup": (425, 425),
    "io_uring_enter": (426, 426),
    "io_uring_register": (427, 427),
}
CLONE = {"x86_64": 56, "aarch64": 220}
CLONE3 = 435
NAMESPACES = 0x7E020000  # every CLONE_NEW… flag that clone takes
X32 = 0x40000000  # system calls of the 32-bit pointer ABI have numbers from here

LOAD, EQUAL, AT_LEAST, ANY_BIT, RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
NUMBER, ARCHITECTURE, FIRST_ARGUMENT = 0, 4, 16  # offsets in struct seccomp_data
ALLOW, KILL, REFUSE = 0x7FFF0000, 0x80000000, 0x00050000
EPERM, ENOSYS = 1, 38


def program(machine: str | None = None) -> bytes:
    """Write the filter for this processor.

    Raises:
        ValueError: If the numbers of its system calls are not known here.
    """
    machine = machine or platform.machine()
    if machine not in ARCHITECTURES:
        raise ValueError(f"processor {machine}: known are {', '.join(ARCHITECTURES)}")
    column = list(ARCHITECTURES).index(machine)
    steps = [
        (LOAD, 0, 0, ARCHITECTURE),
        (EQUAL, 1, 0, ARCHITECTURES[machine]),
        (RETURN, 0, 0, KILL),
        (LOAD, 0, 0, NUMBER),
        *_if(AT_LEAST, X32, REFUSE | EPERM),
        *_if(EQUAL, CLONE3, REFUSE | ENOSYS),  # its flags lie in memory; libc falls back on clone
    ]
    for numbers in REFUSED.values():
        steps += _if(EQUAL, numbers[column], REFUSE | EPERM)
    steps += [
        (EQUAL, 0, 3, CLONE[machine]),  # anything else jumps to the last line
        (LOAD, 0, 0, FIRST_ARGUMENT),
        *_if(ANY_BIT, NAMESPACES, REFUSE | EPERM),
        (RETURN, 0, 0, ALLOW),
    ]
    return b"".join(struct.pack("HBBI", *step) for step in steps)


def _if(test: int, value: int, verdict: int) -> list[tuple[int, int, int, int]]:
    """Return a verdict if a test of the loaded number holds, else go on."""
    return [(test, 0, 1, value), (RETURN, 0, 0, verdict)]
