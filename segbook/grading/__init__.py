"""Grade a class: run notebooks in a sandbox, call their answers on fresh cases, write marks.

Student code runs in a process of its own that holds neither the cases nor the reference. In the order of the work:
`options` reads the command line of `cli` into `settings`, and `run` does the rest. `archives`, `submissions` and
`notebooks` find and read what was handed in, `quota` what counts of each student's; `intake` brings it together with
the `roster` (or Moodle's `worksheet`), with `groups` and `times`, with `overrides` and with what is marked by hand
(`manual`), which are `sheets` of `people` whose `columns` and `names` are written in many ways; `sandbox` (with
`packages` and `seccomp`) starts `worker` where it can do no harm; `caller` talks to it in the words of `protocol`,
whose `values` are JSON and raw bytes; `grade` grades one submission by a `plan`, `batch` all of them; `results` keeps
what came out in `files`, each with a `status`; `grades`, `order`, `attention`, `tables`, `pages` and `handback` make
marks of it, and `similarity` looks for answers that are alike. This is the extra `segbook[grade]`: no chapter imports
it.
"""
