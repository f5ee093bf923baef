"""The filter of system calls is well formed: run as the kernel runs it, it allows what it lists and no more."""

import struct
from pathlib import Path

import pytest

from segbook.grading import seccomp
from segbook.grading.seccomp import ALLOW, EPERM, REFUSE

NO_SUCH_CALL = REFUSE | seccomp.ENOSYS


class Machine:
    """Run a filter program as the kernel does."""

    def __init__(self, program):
        self.steps = [struct.unpack("HBBI", program[n : n + 8]) for n in range(0, len(program), 8)]

    def verdict(self, number, *, architecture, arguments=(0, 0)):
        data = struct.pack("<iIQ6Q", number, architecture, 0, *arguments, 0, 0, 0, 0)
        at, loaded = 0, 0
        while True:
            code, if_true, if_false, value = self.steps[at]
            at += 1
            if code == seccomp.RETURN:
                return value
            if code == seccomp.LOAD:
                (loaded,) = struct.unpack_from("<I", data, value)
                continue
            assert code == seccomp.EQUAL
            at += if_true if loaded == value else if_false


@pytest.fixture(params=["x86_64", "aarch64"])
def machine(request):
    return request.param


@pytest.fixture
def verdict(machine):
    run = Machine(seccomp.program(machine)).verdict
    return lambda number, *arguments: run(
        number, architecture=seccomp.ARCHITECTURES[machine], arguments=(*arguments, 0, 0)[:2]
    )


def test_the_filter_allows_what_it_lists_and_no_more(machine, verdict):
    allowed = set(seccomp.numbers(machine).values())
    assert len(allowed) == len(seccomp.numbers(machine)) > 100
    checked = {seccomp.numbers(machine)[name] for name in seccomp.ONLY}
    for number in (*range(-1, 1000), 0x40000000, 0x40000001, 2**31 - 1):
        if number not in checked:
            assert verdict(number) == (ALLOW if number in allowed else NO_SUCH_CALL), number


def test_another_architecture_is_the_end(machine):
    assert Machine(seccomp.program(machine)).verdict(0, architecture=0x40000003) == seccomp.KILL


def test_calls_with_an_argument_that_matters_are_allowed_for_some_of_its_values(machine, verdict):
    number = seccomp.numbers(machine)
    assert [verdict(number["socketpair"], family) for family in (1, 2, 10, 16, 40)] == [ALLOW, *[REFUSE | EPERM] * 4]
    assert verdict(number["fcntl"], 9, 3) == verdict(number["fcntl"], 9, 1030) == ALLOW
    assert verdict(number["fcntl"], 0, 1031) == REFUSE | EPERM  # F_SETPIPE_SZ
    assert verdict(number["ioctl"], 0, 0x5401) == ALLOW
    assert verdict(number["ioctl"], 0, 0x5412) == REFUSE | EPERM  # TIOCSTI


def test_the_numbers_are_the_kernels_own(machine):
    header = {"x86_64": "x86_64-linux-gnu/asm/unistd_64.h", "aarch64": "asm-generic/unistd.h"}[machine]
    path = Path("/usr/include", header)
    if not path.exists():
        pytest.skip(f"{path} comes with the kernel's headers")
    words = (line.split() for line in path.read_text().splitlines() if line.startswith("#define __NR"))
    known = {
        name.removeprefix("__NR3264_").removeprefix("__NR_"): number
        for _, name, number, *_ in words
        if number.isdigit()
    }
    for name, number in seccomp.numbers(machine).items():
        wanted = known["fstatat"] if (machine, name) == ("aarch64", "newfstatat") else known[name]
        assert int(wanted) == number, name
