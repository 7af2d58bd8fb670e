"""Faults, injected for real: nothing lost, nothing twice, and every Unknown true.

How to run it, from the root of the project with its environment:

    python -m tests.faults                                  a minute of cases, from a number of the moment on
    python -m tests.faults --seed 4711                      that case again
    python -m tests.faults --seed 1 --seconds 1800          half an hour, from 1 on
    python -m tests.faults kills --count 500                the table of kills: SDK, moto, the real `aws`
    python -m tests.faults matrix                           the rows of SECURITY.md 7 in their short form
    python -m tests.faults matrix 8 9 22 31 --long          some of them in the long form

How it is made:

- `stub`: an AWS on 127.0.0.1 that writes every effect into a ledger before it answers, with the name of its command,
  and at that moment looks into the store for the intent. It refuses, throttles, resets, stalls, breaks; or it counts on
  the way to moto.
- `quick_aws`: stands in for `aws` where only the number of processes counts; the real one runs in `kills` and row 19.
- `engine_process`: engines in processes of their own, forked warm; the store of one can kill it before or after its
  n-th write.
- `case`: plan, weather and fault, all from one number. `driver` runs a case, restarts until nothing is left, and hands
  what it finds to `invariants` (I1 to I10), which reads the files by itself (`evidence`). The cases of a minute also go
  on after their end: what is Unknown is reconciled by the ledger's word or sent once more, what is left is redriven,
  what was done is undone, and the engine is killed on the way, also between the file beside the output and the
  database. At last the database is taken away, and what is taken in from the files is held to the ledger.
- `matrix` and `rows_*`: the rows. A row raises `NotRun` with its reason where this machine or this version cannot; it
  is never printed as passed.
- `regressions.txt`: numbers that broke something once. The suite runs them again each time (`test_faults.py`).

A case that breaks something leaves its folder behind, says where, and prints the command that runs it again. Timing is
the one thing that a number does not fix: a race may need the command more than once.
"""
