from segbook.exercises import Exercise

exercise = Exercise(id="exam.9", title="T", prompt="P", points={"all": 3}, hints=("a", "b"))


@exercise.reference
def f(table):
    return sum(table.values())


@exercise.cases
def cases(rng):
    for _ in range(3):
        yield "all", ({"a": int(rng.integers(9)), "b": 2},)


for k in (1001, 1002, 1003):

    @exercise.misconception(f"m{k}", loses={"all"})
    def _(*a, k=k, **o):
        "no"
        return k
