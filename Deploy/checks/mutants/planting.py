"""Plants all faults at once, each behind a number that TENURE_FAULT names when a test runs.

One build serves them all. In Swift the function (or computed property) around a fault is written
twice, with the fault and without; a constant is chosen; in a migration the text is replaced when
it is read.
"""
import os.path
import re

SWITCH = '''
private let plantedFault = getenv("TENURE_FAULT").flatMap { Int(String(cString: $0)) } ?? 0
'''
CONSTANT = re.compile(r"^(?P<head>.*\b(?:let|case)\b.*?[=:]\s)(?P<value>.+)$")


def code_only(text):
    """The text with what is in strings and comments blanked; what is interpolated stays code."""
    out, i, ends = list(text), 0, []  # ends: closers of the strings around, with the depth of ( in them

    def blank(start, stop):
        for k in range(start, stop):
            if out[k] != "\n":
                out[k] = " "

    while i < len(text):
        if ends and ends[-1][1] == 0:  # inside a string
            closer = ends[-1][0]
            if text.startswith(closer, i):
                blank(i, i + len(closer))
                i += len(closer)
                ends.pop()
            elif text.startswith("\\(", i):
                blank(i, i + 2)
                ends[-1][1] = 1
                i += 2
            else:
                blank(i, min(i + (2 if text[i] == "\\" else 1), len(text)))
                i += 2 if text[i] == "\\" else 1
            continue
        raw = re.match(r'#+"', text[i:])
        if raw:  # #"…"#: nothing in it is escaped, and its interpolation is not looked into
            closer = '"' + "#" * (len(raw.group()) - 1)
            stop = text.index(closer, i + len(raw.group())) + len(closer)
            blank(i, stop)
            i = stop
        elif text.startswith('"""', i):
            ends.append(['"""', 0])
            blank(i, i + 3)
            i += 3
        elif text[i] == '"':
            ends.append(['"', 0])
            blank(i, i + 1)
            i += 1
        elif text.startswith("//", i):
            stop = text.find("\n", i)
            stop = len(text) if stop < 0 else stop
            blank(i, stop)
            i = stop
        else:
            if ends and text[i] in "()":
                ends[-1][1] += 1 if text[i] == "(" else -1
                if ends[-1][1] == 0:
                    blank(i, i + 1)
            i += 1
    return "".join(out)


def body_around(code, place):
    """Where the body of the function or computed property around a place begins and ends."""
    depth, opened = [], []
    for i, letter in enumerate(code):
        if letter == "{":
            depth.append(i)
        elif letter == "}":
            start = depth.pop()
            if start < place <= i:
                opened.append((start + 1, i))
    for start, stop in opened:  # innermost first
        head = re.split(r"[{};]", code[:start - 1])[-1]
        head = re.split(r"\n\s*\n", head)[-1]
        if re.search(r"\b(func|init|subscript)\b|\bvar\b[^=]*$", head):
            return start, stop
    return None


def plant(text, faults):
    """The text of a Swift file with these (number, fault) in it, and what could not be planted."""
    code, bodies, constants, lost = code_only(text), {}, [], []
    for number, fault in faults:
        place = text.index(fault.old)
        # Only what differs has to lie within the body.
        same = len(os.path.commonprefix([fault.old, fault.new]))
        place, old, new = place + same, fault.old[same:], fault.new[same:]
        while old and new and old[-1] == new[-1]:
            old, new = old[:-1], new[:-1]
        around = body_around(code, place)
        if around and place + len(old) <= around[1]:
            start, stop = around
            mutated = text[start:place] + new + text[place + len(old):stop]
            bodies.setdefault(around, []).append((number, mutated))
        else:
            old, new = CONSTANT.match(fault.old), CONSTANT.match(fault.new)
            if not old or not new:
                lost.append(fault)
                continue
            constants.append((place - same, fault.old, f"{old['head']}plantedFault == {number} ? "
                              f"{new['value']} : {old['value']}"))
    edits = [(place, place + len(old), new) for place, old, new in constants]
    for (start, stop), variants in bodies.items():
        whole = ""
        for number, mutated in variants:
            whole += f" if plantedFault == {number} {{{mutated}}} else"
        edits.append((start, stop, f"{whole} {{{text[start:stop]}}} "))
    for start, stop, new in sorted(edits, reverse=True):
        text = text[:start] + new + text[stop:]
    return "import Glibc\n" + text + SWITCH, lost


def plant_schema(text, faults):
    """Schema.swift that reads migrations with the fault whose number is named."""
    cases = "".join(
        f"  case {number}: name == {literal(fault.file)} ? text.replacing({literal(fault.old)}, "
        f"with: {literal(fault.new)}) : text\n" for number, fault in faults)
    read = "sql: String(cString: text)"
    assert text.count(read) == 1
    return "import Glibc\n" + text.replace(
        read, 'sql: withFault("Sources/TenureSchema/Migrations/" + String(cString: name) + ".sql", '
        "String(cString: text))") + SWITCH + (
        "private func withFault(_ name: String, _ text: String) -> String {\n"
        f"  switch plantedFault {{\n{cases}  default: text\n  }}\n}}\n")


def literal(text):
    return '###"""\n' + text + '\n"""###'
