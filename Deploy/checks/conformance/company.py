"""A company that makes use of everything."""
from attack import need, ready
from nouns import HOUSE
from outside import OUTSIDE
from world import Takeover

# A day's session, so that it outlives the check.
SESSION_SECONDS = 86_400


class Company:
    """A tenant with a proven name and people in every state; the book knows it by its label."""

    def __init__(self, world, book):
        self.world, self.book, self.label = world, book, world.label
        self.tenant, self.stage = world.acme, world.stage
        self.key, self.operator = self.tenant.owner, self.stage.operator
        self.number = 0
        book.place(self.label, self.key, company=self.label)
        book.place(f"operator in {self.label}", self.operator, self.tenant.id, self.label)
        book.protected += [self.tenant.id, self.call("GET", "/v1/whoami")["key_id"]]

    # Ways to say something shortly

    def call(self, method, path, body=None, **more):
        return ready(self.tenant.call(method, path, body, **more), f"{method} {path}")

    def operate(self, method, path, body=None, **more):
        return ready(self.world.operate(method, path, body, **more), f"{method} {path}")

    def request(self, operation, body=None, key=None, **more):
        self.book.request(operation, key or self.key, body, **more)

    def know(self, **ids):
        """What the company may name, and the operator in it."""
        self.book.know(self.label, **ids)
        self.book.know(f"operator in {self.label}", **ids)

    def until(self, condition, what, seconds=20):
        need(self.stage.until(condition, seconds), what)

    # People

    def person(self, *addresses, **more):
        """Somebody on the company's name, and with an address of their own."""
        self.number += 1
        return self.world.person(f"Person{self.number}", *addresses, **more)

    def controlled(self, count):
        """People whose accounts the company controls, because they accepted."""
        people = [self.person() for _ in range(count)]
        takeover = self.take("detach_address", people)
        for person in people:
            ready(self.world.decide(person, takeover.case(person)["id"], "accept"), "they accept")
        for person in people:
            self.until(person.controller, "the account is controlled")
        self.know(account_id=[person.id for person in people])
        return people

    def take(self, no_answer, people):
        """A takeover of these people alone, with its notices out."""
        started = self.tenant.start(
            self.world.claim, no_answer, account_ids=[person.id for person in people])
        return Takeover(self.tenant, ready(started, "a takeover").json)

    def session(self, person):
        """A person as somebody who may call; answers their token."""
        token = person.token(expires_in_seconds=SESSION_SECONDS)
        self.book.place(f"{person.name} of {self.label}", token, company=self.label, is_person=True)
        return token

    # What it does

    def begin(self):
        """What only time brings about."""
        self.tenant.claim(f"forgotten-{self.world.domain}")
        silent, *blocked = [self.person() for _ in range(5)]
        for no_answer, people in (("assume_control", [silent]), ("block_sign_in", blocked)):
            takeover = self.take(no_answer, people)
            for person in people:
                self.world.told(takeover, person)
        self.silent, self.blocked, self.blocking = silent, blocked, takeover
        self.leavers = self.controlled(4)
        for person, verb in zip(self.leavers, ("erase", "erase", "anonymise", "delete")):
            ready(self.world.verb(self.tenant, person, verb), verb)
        held, = self.controlled(1)
        hold = self.call("POST", "/v1/holds", {
            "matter": "long ago", "reason": "by the court", "custodian_ids": [held.id]})
        self.call("POST", f"/v1/holds/{hold['id']}:release", {"reason": "settled"},
                  headers={"If-Match": hold.headers["ETag"]})
        self.know(hold_id=hold["id"])

    def fill(self, rival):
        self.rival = rival
        for person in self.blocked:
            self.until(lambda: person.status() == "blocked", "sign-in is blocked")
        self.me, = self.controlled(1)
        self.session(self.me)
        self.book.protected.append(self.me.id)
        for noun in HOUSE + OUTSIDE:
            noun(self)
