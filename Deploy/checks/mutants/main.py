"""Plants faults and shows which tests notice: see `run`, and `faults.py` for the list."""
import os
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from faults import FAULTS

PARTS = ["Sources", "Tests", "Deploy", "openapi", "Package.swift", "Package.resolved"]


def planted(text, fault):
    """The text with the fault in it; None where it can't be planted (not there, or not once)."""
    return text.replace(fault.old, fault.new) if text.count(fault.old) == 1 else None


def copy(root, scratch):
    """The sources as they are, over the copy of the last time: what is built stays built."""
    for part in PARTS:
        source = os.path.join(root, part)
        if os.path.exists(source):
            subprocess.run(["rsync", "-a", "--delete", source, scratch + "/"], check=True) \
                if shutil.which("rsync") else subprocess.run(
                    f'rm -rf "{scratch}/{part}" && cp -a "{source}" "{scratch}/"', shell=True, check=True)
    if not os.path.exists(f"{scratch}/.build") and os.path.exists(f"{root}/.build"):
        subprocess.run(["cp", "-a", "--reflink=auto", f"{root}/.build", scratch + "/"], check=True)


def test(scratch, filter):
    """Whether the tests pass, and the end of what they say."""
    steps = (["swift", "build", "--build-tests"],
             ["swift", "test", "--skip-build", "--filter", filter])
    for step in steps:
        done = subprocess.run(step, cwd=scratch, capture_output=True, text=True, errors="replace")
        said = done.stdout + done.stderr
        if done.returncode:
            if step is steps[0]:
                return None, next((l for l in said.splitlines() if "error:" in l), said[-300:])
            return False, next((l for l in said.splitlines() if "✘" in l or "failed" in l), "")
    # A filter that finds nothing proves nothing.
    return True, said if "Test run with 0 tests" not in said else "NO TESTS"


def main():
    root, scratch, words = sys.argv[1], sys.argv[2], [w.lower() for w in sys.argv[3:]]
    listing = words == ["--list"]
    chosen = [f for f in FAULTS if listing or not words or any(
        w in f"{f.name} {f.file} {f.tests}".lower() for w in words)]
    lived, stale = [], []
    if not listing:
        copy(root, scratch)
    for fault in chosen:
        path = os.path.join(root, fault.file)
        text = open(path).read() if os.path.exists(path) else ""
        changed = planted(text, fault)
        if changed is None:
            stale.append(fault)
            print(f"can't be planted | {fault.name} ({fault.file})", flush=True)
            continue
        if listing:
            print(f"can be planted | {fault.name}", flush=True)
            continue
        target = os.path.join(scratch, fault.file)
        with open(target, "w") as file:
            file.write(changed)
        passed, said = test(scratch, fault.tests)
        with open(target, "w") as file:
            file.write(text)
        if passed is None:
            print(f"does not compile: {said} | {fault.name}", flush=True)
            stale.append(fault)
        elif passed:
            print(f"LIVED{' (no test ran)' if said == 'NO TESTS' else ''} | {fault.name}", flush=True)
            lived.append(fault)
        else:
            print(f"killed: {said.strip()[:150]} | {fault.name}", flush=True)
    print(f"\n{len(chosen)} faults: {len(lived)} lived, {len(stale)} could not be planted")
    sys.exit(1 if lived else 2 if stale else 0)


if __name__ == "__main__":
    main()
