"""Plays every attack against one service: see `run`.

An attack is a function that gets a `World` of its own: tenants, a proven name and people that no
other attack touches. It first makes what it needs, and says with `need` that it has it: an attack
whose preparation failed has shown nothing. Then it attacks, and says with `refused`, `never` and
`same` what must not have come of it.

Some wait. Such a function is a generator: `yield 31` goes on thirty-one days later. All attacks
share one timeline, so that time passes once for all of them.
"""
import heapq
import importlib
import inspect
import os
import sys
import traceback

FAMILIES = ["channel", "evidence", "effect", "writers", "exits", "lapse", "gate", "imports", "keys",
            "outlives", "backlog", "telling", "names", "database"]

# Whether what did not hold is played once more by itself, at the end.
AGAIN = os.environ.get("ATTACKS_AGAIN") == "1"


def main():
    sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
    from attack import ATTACKS, GotThrough, NotTried
    from stage import Stage
    from world import Operator, World

    scratch, binary, words = sys.argv[1], sys.argv[2], [word.lower() for word in sys.argv[3:]]
    for family in FAMILIES:
        importlib.import_module(family)
    chosen = [a for a in ATTACKS if not words or any(w in f"{a.family} {a.item} {a.name}".lower()
                                                    for w in words)]
    stage, operator = Stage(scratch, binary), Operator()
    results = {}

    def step(attack, play):
        """Goes on with an attack; when it is to go on, in days from now, or None when it is over."""
        try:
            return next(play)
        except StopIteration:
            results[attack] = ("held", "")
        except GotThrough as through:
            results[attack] = ("GOT THROUGH", str(through))
        except NotTried as missing:
            results[attack] = ("could not be tried", str(missing))
        except Exception as error:
            frame = traceback.extract_tb(error.__traceback__)[-1]
            place = next((f for f in reversed(traceback.extract_tb(error.__traceback__))
                          if os.path.basename(f.filename) in {f"{m}.py" for m in FAMILIES}), frame)
            results[attack] = ("could not be tried",
                               f"{type(error).__name__}: {error} ({os.path.basename(place.filename)}"
                               f":{place.lineno})")
        verdict, why = results[attack]
        print(f"{verdict}{': ' + why if why and verdict != 'held' else ''}"
              f" | {attack.item} {attack.family}: {attack.name}", flush=True)
        return None

    def open_attack(attack, number):
        def play():
            world = World(stage, operator, f"{attack.family[:4]}{number}")
            made = attack.function(world)
            if inspect.isgenerator(made):
                yield from made
        return play()

    def alone(attack, play):
        days = step(attack, play)
        while days is not None:
            stage.advance(days)
            days = step(attack, play)

    try:
        stage.start(operator.public_key)
        operator.arrive(stage)
        day, waiting = 0.0, []
        for number, attack in enumerate(chosen):
            play = open_attack(attack, number)
            days = step(attack, play)
            if days is not None:
                heapq.heappush(waiting, (day + days, number, attack, play))
        while waiting:
            due = waiting[0][0]
            if due > day:
                stage.advance(due - day)
                day = due
            _, number, attack, play = heapq.heappop(waiting)
            days = step(attack, play)
            if days is not None:
                heapq.heappush(waiting, (day + days, number, attack, play))
        if AGAIN:
            # A machine that is slow for a moment lets nothing through twice.
            for number, attack in enumerate(chosen):
                if results[attack][0] != "held":
                    print(f"once more | {attack.name}", flush=True)
                    alone(attack, open_attack(attack, len(chosen) + number))
    finally:
        stage.stop()
        if os.environ.get("ATTACKS_LOG"):
            with open(os.environ["ATTACKS_LOG"], "w") as file:
                file.write(stage.log())

    count = {v: sum(1 for r in results.values() if r[0] == v)
             for v in ("held", "GOT THROUGH", "could not be tried")}
    print(f"\n{len(results)} attacks: {count['held']} held, {count['GOT THROUGH']} got through, "
          f"{count['could not be tried']} could not be tried")
    sys.exit(1 if count["GOT THROUGH"] else 2 if count["could not be tried"] else 0)


if __name__ == "__main__":
    main()
