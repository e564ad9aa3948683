"""What an attack is, and how it says what came of it."""
import os
import sys

ATTACKS = []


class GotThrough(Exception):
    """What must not be, is."""


class NotTried(Exception):
    """The attack's own preparation failed: nothing was shown."""


class Attack:
    def __init__(self, family, item, name, function):
        self.family, self.item, self.name, self.function = family, item, name, function


def attack(item, name):
    """Marks a function as an attack; `item` is the kind of fault it belongs to."""
    def mark(function):
        family = os.path.basename(sys.modules[function.__module__].__file__)[:-3]
        ATTACKS.append(Attack(family, item, name, function))
        return function
    return mark


def need(condition, what):
    """What the attack stands on; answers it."""
    if not condition:
        raise NotTried(what)
    return condition


def ready(answer, what):
    """An answer that the preparation needs to be a success."""
    if not answer.ok:
        raise NotTried(f"{what}: {answer}")
    return answer


def never(condition, what):
    """What must not be."""
    if condition:
        raise GotThrough(what)


def must(condition, what):
    """What must be."""
    if not condition:
        raise GotThrough(what)


def refused(answer, what, *codes):
    """The service said no, with one of the codes where some are named."""
    if answer.ok:
        raise GotThrough(f"{what}: {answer}")
    if answer.status >= 500:
        raise GotThrough(f"{what} broke the service: {answer}")
    if codes and answer.code not in codes:
        raise NotTried(f"{what} was refused for another reason: {answer}")


def same(one, other, what):
    """Two answers that a stranger can't tell apart."""
    def shape(answer):
        body = dict(answer.json) if isinstance(answer.json, dict) else answer.text
        if isinstance(body, dict):
            for name in ("request_id", "instance", "id", "created_at", "updated_at"):
                body.pop(name, None)
        return answer.status, body
    if shape(one) != shape(other):
        raise GotThrough(f"{what}: {one} / {other}")


def denied(error, what):
    """The database said no."""
    if not error:
        raise GotThrough(what)
    if "syntax error" in error or "does not exist" in error and "function" not in error:
        raise NotTried(f"{what}: {error.splitlines()[0]}")
