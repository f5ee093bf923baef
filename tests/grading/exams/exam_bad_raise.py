from segbook.exercises import Exercise

exercise = Exercise(id="exam.9", title="T", prompt="P", points={"all": 3}, hints=("a", "b"))


@exercise.reference
def f(n):
    return 10 // n


@exercise.cases
def cases(rng):
    for n in (0, 1, 2):
        yield "all", (n,)


for k in (1001, 1002, 1003):

    @exercise.misconception(f"m{k}", loses={"all"})
    def _(*a, k=k, **o):
        "no"
        return k
