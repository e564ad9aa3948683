"""Plants faults and shows which tests notice: see `run`, and `faults.py` for the list."""
import contextlib
import glob
import os
import shutil
import signal
import subprocess
import sys
import threading

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from faults import FAULTS
from planting import plant, plant_schema

PARTS = ["Sources", "Tests", "Deploy", "openapi", "Package.swift", "Package.resolved"]
SCHEMA = "Sources/TenureSchema/Schema.swift"
TEST_SECONDS_MAX = 600


def copy(root, scratch):
    """The sources as they are; what was built the last time stays built."""
    for part in PARTS:
        source = os.path.join(root, part)
        if os.path.exists(source):
            subprocess.run(["rsync", "-a", "--checksum", "--delete", source, scratch + "/"], check=True)


def stale(root, fault):
    """Whether the code has moved on: the place is not there, or not once."""
    path = os.path.join(root, fault.file)
    return not os.path.exists(path) or open(path).read().count(fault.old) != 1


def build(root, scratch, numbered):
    """Plants them all and builds once; answers those that could not be planted."""
    copy(root, scratch)
    files, lost = {}, []
    for number, fault in numbered:
        file = SCHEMA if fault.file.endswith(".sql") else fault.file
        files.setdefault(file, []).append((number, fault))
    for file, faults in files.items():
        path = os.path.join(scratch, file)
        text = open(path).read()
        if file == SCHEMA:
            text = plant_schema(text, faults)
        else:
            text, missed = plant(text, faults)
            lost += missed
        with open(path, "w") as out:
            out.write(text)
    done = subprocess.run(["swift", "build", "--build-tests"], cwd=scratch, capture_output=True,
                          text=True, errors="replace")
    if done.returncode:
        said = [l for l in (done.stdout + done.stderr).splitlines() if "error:" in l]
        sys.exit("it does not build with the faults in it:\n" + "\n".join(sorted(set(said))[:20]))
    return lost


def end(session):
    """Kills all of a session: the tests run in a process group of their own within it."""
    for status in glob.glob("/proc/[0-9]*/stat"):
        with contextlib.suppress(OSError):
            # After the name, which may have spaces: state, parent, process group, session.
            if int(open(status).read().rpartition(")")[2].split()[3]) == session:
                os.kill(int(status.split("/")[2]), signal.SIGKILL)


def test(scratch, number, tests):
    """Whether the tests pass with a fault (0 for none), and which was the first that did not."""
    running = subprocess.Popen(
        ["swift", "test", "--skip-build", "--filter", tests], cwd=scratch, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, text=True, errors="replace", start_new_session=True,
        env=dict(os.environ, TENURE_FAULT=str(number)))
    overtime = threading.Timer(TEST_SECONDS_MAX, end, [running.pid])
    overtime.start()
    try:
        for line in running.stdout:
            if "Test run with 0 tests" in line:
                return True, "no test has that name"
            # One is enough: the others may wait long for what the fault keeps from happening.
            if "✘" in line:
                return False, line
        return running.wait() == 0, "it ended otherwise"
    finally:
        overtime.cancel()
        end(running.pid)
        running.wait()


def main():
    root, scratch, words = sys.argv[1], sys.argv[2], [w.lower() for w in sys.argv[3:]]
    listing = words == ["--list"]
    numbered = [(i + 1, f) for i, f in enumerate(FAULTS)]
    chosen = [(i, f) for i, f in numbered if listing or not words or any(
        w in f"{f.name} {f.file} {f.tests}".lower() for w in words)]
    gone = [f for _, f in chosen if stale(root, f)]
    if listing:
        for _, fault in chosen:
            print(f"can{chr(39) + 't' if fault in gone else ''} be planted | {fault.name}")
        sys.exit(2 if gone else 0)
    if not shutil.which("rsync"):
        sys.exit("rsync is needed")
    gone += build(root, scratch, [(i, f) for i, f in numbered if not stale(root, f)])
    sound, lived = {}, []
    for number, fault in chosen:
        if fault in gone:
            print(f"can't be planted | {fault.name} ({fault.file})", flush=True)
            continue
        passed, said = test(scratch, number, fault.tests)
        if not passed and fault.tests not in sound:
            # Tests that fail anyway notice nothing.
            sound[fault.tests], said_without = test(scratch, 0, fault.tests)
            if not sound[fault.tests]:
                said = said_without
        if passed or not sound[fault.tests]:
            why = said if not passed or "no test" in said else ""
            print(f"LIVED {why.strip()[:150]} | {fault.name}", flush=True)
            lived.append(fault)
        else:
            print(f"killed: {said.strip()[:150]} | {fault.name}", flush=True)
    print(f"\n{len(chosen)} faults: {len(lived)} lived, {len(gone)} could not be planted")
    sys.exit(1 if lived else 2 if gone else 0)


if __name__ == "__main__":
    main()
