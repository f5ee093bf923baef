"""The filter of system calls is well formed: run as the kernel runs it, it refuses what it lists and no more."""

import struct

import pytest

from segbook.grading import seccomp


class Machine:
    """Run a filter program as the kernel does."""

    def __init__(self, program):
        self.steps = [struct.unpack("HBBI", program[n : n + 8]) for n in range(0, len(program), 8)]

    def verdict(self, number, *, architecture, argument=0):
        data = struct.pack("<iIQ6Q", number, architecture, 0, argument, 0, 0, 0, 0, 0)
        at, loaded = 0, 0
        while True:
            code, if_true, if_false, value = self.steps[at]
            at += 1
            if code == seccomp.RETURN:
                return value
            if code == seccomp.LOAD:
                (loaded,) = struct.unpack_from("<I", data, value)
                continue
            tests = {
                seccomp.EQUAL: loaded == value,
                seccomp.AT_LEAST: loaded >= value,
                seccomp.ANY_BIT: bool(loaded & value),
            }
            at += if_true if tests[code] else if_false


@pytest.mark.parametrize(("machine", "column"), [("x86_64", 0), ("aarch64", 1)])
def test_the_filter_refuses_what_it_lists_and_allows_the_rest(machine, column):
    run = Machine(seccomp.program(machine)).verdict
    here = seccomp.ARCHITECTURES[machine]
    for name, numbers in seccomp.REFUSED.items():
        assert run(numbers[column], architecture=here) == seccomp.REFUSE | seccomp.EPERM, name
    assert run(0, architecture=here) == seccomp.ALLOW
    assert run(435, architecture=here) == seccomp.REFUSE | seccomp.ENOSYS
    assert run(0, architecture=0x40000003) == seccomp.KILL
    clone = seccomp.CLONE[machine]
    assert run(clone, architecture=here, argument=0x11) == seccomp.ALLOW
    assert run(clone, architecture=here, argument=0x10000011) == seccomp.REFUSE | seccomp.EPERM
    assert run(0x40000001, architecture=here) == seccomp.REFUSE | seccomp.EPERM
