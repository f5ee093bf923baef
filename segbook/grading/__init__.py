"""Grade a class: run notebooks in a sandbox, call their answers on fresh cases, write marks.

Student code runs in a process of its own that holds neither the cases nor the reference. In the order of the work:
`archives`, `submissions` and `notebooks` find and read what was handed in; `sandbox` (with `packages` and `seccomp`)
starts `worker` where it can do no harm; `session` talks to it in the frames of `protocol`; `grade` grades one
submission by a `plan`, `batch` all of them; `roster`, `grades`, `tables` and `pages` make marks of results; `run` and
`cli` are the command `segbook grade`. This is the extra `segbook[grade]`: no chapter imports it.
"""
