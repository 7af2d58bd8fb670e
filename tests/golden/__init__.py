"""Recorded journals: what earlier versions wrote, with what it folded to when it was written.

Every later version must replay them to the same end (`test_golden.py`). To record those of a version, once its journal
says something new:

    python -m tests.golden NAME

writes a folder of that name beside this page, one file for each ending. It never writes into a folder that exists: what
was recorded stays as it was recorded. The executions are real (an engine, a store, runners, a counting stub); the
folder of the recording stands as `/recorded` in what is kept.
"""
