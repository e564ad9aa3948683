"""What an attack stands on: the operator, a tenant with a proven name, people, cases, receipts."""
import base64
import hashlib
import threading

from attack import NotTried, need, ready
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519

NOTICES = ["takeover.*", "control.*", "account.*", "request.*", "domain_claim.*"]


class Operator:
    """The company that runs the products: it mails the notices, and signs that they arrived."""

    def __init__(self):
        self.private = ed25519.Ed25519PrivateKey.generate()
        raw = self.private.public_key().public_bytes(
            serialization.Encoding.Raw, serialization.PublicFormat.Raw)
        self.public_key = base64.b64encode(raw).decode()

    def arrive(self, stage):
        self.endpoint = ready(stage.call(
            "POST", "/v1/webhook_endpoints", stage.operator,
            {"url": f"https://hook.test:{stage.receiver.port}/operator", "event_types": NOTICES}),
            "the operator's endpoint")

    def sign(self, message):
        return base64.b64encode(self.private.sign(message.encode())).decode()


class Tenant:
    def __init__(self, world, name):
        self.world, self.name = world, name
        made = ready(world.operate("POST", "/v1/tenants", {"name": name}), f"tenant {name}")
        self.id = made["id"]
        self.owner = self.key("owner")
        self._other = None

    def key(self, role, scopes=None, by=None, **more):
        """A token; made by the operator where `by` names no other key."""
        # No key outlives its maker's; the operator's own ends a year after the beginning.
        days = (200 if by else 360) - self.world.stage.ahead / 86_400
        body = {"name": role, "role": role, "expires_at": self.world.stage.stamp(days)} | more
        if scopes is not None:
            body["scopes"] = scopes
        answer = (self.world.call("POST", "/v1/keys", by, body) if by
                  else self.world.operate("POST", "/v1/keys", body, tenant=self.id))
        return ready(answer, f"a key '{role}'")["token"]

    def call(self, method, path, body=None, key=None, **more):
        return self.world.call(method, path, key or self.owner, body, **more)

    def claim(self, domain, scope="exact"):
        return ready(self.call("POST", "/v1/domain_claims", {"domain": domain, "scope": scope}),
                     f"a claim on {domain}").json

    def publish(self, claim):
        self.world.stage.names.add(claim["record"]["name"], 16, claim["record"]["value"])

    def check(self, claim):
        return self.call("POST", f"/v1/domain_claims/{claim['id']}:check")

    def prove(self, domain, scope="exact"):
        claim = self.claim(domain, scope)
        self.publish(claim)
        answer = self.check(claim)
        need(answer.get("state") == "verified", f"{domain} is proven: {answer}")
        return answer.json

    def state(self, claim):
        return self.call("GET", f"/v1/domain_claims/{claim['id']}").get("state")

    def preview(self, claim, **more):
        return self.call("POST", "/v1/takeovers:preview", {"domain_claim_id": claim["id"]} | more)

    def start(self, claim, no_answer="assume_control", **more):
        """Starts a takeover of what the preview lists; the answer."""
        plan = self.preview(claim)
        if not plan.ok:
            return plan
        return self.call("POST", "/v1/takeovers", {
            "plan": plan["plan"], "domain_claim_id": claim["id"], "no_answer": no_answer} | more)

    def take(self, claim, no_answer="assume_control", **more):
        """A takeover under way, with its notices out; its cases by account."""
        return Takeover(self, ready(self.start(claim, no_answer, **more), "a takeover").json)


class Takeover:
    def __init__(self, tenant, made):
        self.tenant, self.id = tenant, made["id"]
        self.world = tenant.world
        need(self.world.stage.until(lambda: self.cases() and all(
            c.get("notice_at") or c["state"] == "blocked" for c in self.cases())),
            "the notices are out")

    def cases(self):
        return self.world.stage.pages(f"/v1/takeovers/{self.id}/cases", self.tenant.owner)

    def case(self, person):
        found = next((c for c in self.cases() if c["account_id"] == person.id), None)
        if not found:
            raise NotTried(f"{person.name} has no case")
        return found

    def state(self, person):
        return self.case(person)["state"]

    def settled(self, person, *states, seconds=10):
        """Whether the case comes into one of the states by itself."""
        return self.world.stage.until(lambda: self.state(person) in states, seconds)

    def cancel(self):
        return self.tenant.call("POST", f"/v1/takeovers/{self.id}:cancel")

    def undo(self, person):
        return self.tenant.call("POST", f"/v1/takeover_cases/{self.case(person)['id']}:undo")


class Person:
    """Somebody with an account; addresses are (address, verified) or just the address."""

    def __init__(self, world, name, *addresses, **more):
        self.world, self.name, self.addresses = world, name, []
        self.contacts = [f"{c['kind']}:{c['value']}" for c in more.get("contacts", [])]
        body = {"display_name": name, "addresses": []} | more
        for address in addresses:
            address, verified = address if isinstance(address, tuple) else (address, True)
            body["addresses"].append({"address": address, "verified": verified})
            self.addresses.append(address)
        self.id = ready(world.operate("POST", "/v1/accounts", body), f"{name}'s account")["id"]

    def token(self, **more):
        """A session that nobody can have opened by a mailbox, unless `assurance` says other."""
        assured = {"assurance": "session", "second_factor": True}
        if "assurance" in more:
            assured = {}
        answer = self.world.operate(
            "POST", "/v1/person_tokens", {"account_id": self.id} | assured | more)
        if answer.status == 422 and not self.world.stage.knows("second_factor"):
            answer = self.world.operate("POST", "/v1/person_tokens", {"account_id": self.id})
        return ready(answer, "a person token")["token"]

    def mailbox(self):
        """A session that whoever reads the mailbox can have opened."""
        return self.token(assurance="mailbox")

    def status(self):
        return self.world.operate("GET", f"/v1/accounts/{self.id}/sign_in_status").get("status")

    def controller(self):
        """Who has the account, as the database knows it; None while nobody has."""
        rows, _ = self.world.sql(
            f"SELECT tenant_id FROM tenure.controls WHERE account_id = {self.uuid}")
        return rows[0][0] if rows else None

    @property
    def uuid(self):
        return self.world.uuid(self.id)

    def addresses_now(self):
        """The account's addresses as the operator, or the person, sees them."""
        seen = self.world.call("GET", "/v1/me", self.token())
        return [a["address"] for a in seen.get("addresses", [])] if seen.ok else None


class World:
    """Everything of one attack: its names end in the world's own label."""

    def __init__(self, stage, operator, label):
        self.stage, self.operator, self.label = stage, operator, label
        self.domain, self.home = f"{label}.test", f"{label}-home.test"
        self._acme, self._claim = None, None

    # Who is there

    def tenant(self, name="Acme"):
        return Tenant(self, f"{name} {self.label}")

    @property
    def acme(self):
        """The claimant."""
        if self._acme is None:
            self._acme = self.tenant()
        return self._acme

    @property
    def claim(self):
        """The claimant's proven claim on `domain`."""
        if self._claim is None:
            self._claim = self.acme.prove(self.domain)
        return self._claim

    def person(self, name, *addresses, **more):
        if not addresses:
            addresses = (f"{name.lower()}@{self.domain}", f"{name.lower()}@{self.home}")
        return Person(self, name, *addresses, **more)

    # What anybody does

    def call(self, method, path, key=None, body=None, **more):
        return self.stage.call(method, path, key, body, **more)

    def operate(self, method, path, body=None, **more):
        return self.stage.call(method, path, self.stage.operator, body, **more)

    def sql(self, text, role=None):
        return self.stage.sql(text, role)

    def value(self, text):
        return self.stage.value(text)

    def as_service(self, tenant, text):
        """What the database says to the service's own role in a tenant, None for the platform; ''
        where it agrees."""
        where = self.PLATFORM if tenant is None else self.uuid(tenant.id)
        _, error = self.sql(
            f"BEGIN; SELECT set_config('tenure.tenant', ({where})::text, true);\n{text};\nCOMMIT;",
            role="tenure_app")
        return error

    @staticmethod
    def uuid(identifier):
        """SQL of the UUID in an id of the API."""
        number = 0
        for letter in identifier.split("_")[1]:
            number = number << 5 | "0123456789abcdefghjkmnpqrstvwxyz".index(letter)
        text = f"{number:032x}"
        return f"'{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}'::uuid"

    PLATFORM = "'00000000-0000-7000-8000-000000000001'::uuid"

    # What the operator is told, and what it says arrived

    def events(self, kind, account=None):
        with self.stage.receiver.lock:
            found = [e for path, e in self.stage.receiver.deliveries
                     if path == "/operator" and e["type"] == kind]
        if account:
            found = [e for e in found if e["data"].get("account_id") == account.id]
        return found

    def event(self, kind, account=None, seconds=15):
        """The last event of a kind, once there is one."""
        need(self.stage.until(lambda: self.events(kind, account), seconds), f"the event {kind}")
        return self.events(kind, account)[-1]

    def signed(self, notice, address, channel="email", at=None, key=None, failed=False, **more):
        """The operator's signed word that a notice arrived somewhere, or that nothing does."""
        digest = self.digest(notice, address)
        template = hashlib.sha256(b"the mail as it was sent").hexdigest()
        at = at or self.stage.stamp(0)
        title = "tenure/receipt-failed/v1" if failed else "tenure/receipt/v1"
        message = "\n".join([title, notice, channel, digest, template, at, ""])
        name = "notice_id" if notice.startswith("ntc_") else "case_id"
        if failed:
            more = {"outcome": "failed"} | more
        return {name: notice, "channel": channel, "address_hash": digest, "template_hash": template,
                "delivered_at": at, "signature": (key or self.operator).sign(message)} | more

    def receipt(self, notice, address, **more):
        """Posts what is signed."""
        return self.operate("POST", "/v1/receipts", self.signed(notice, address, **more))

    @staticmethod
    def digest(notice, address):
        """How a receipt and a notice name a destination."""
        return hashlib.sha256(f"{notice}\n{address}".encode()).hexdigest()

    def links(self, person, case):
        """The link of each destination in a case's notice, by address (a contact: 'kind:value')."""
        found = [e["data"] for e in self.events("takeover.notice_required", person)
                 if e["data"].get("case_id") == case]
        need(self.stage.until(lambda: found or found.extend(
            e["data"] for e in self.events("takeover.notice_required", person)
            if e["data"].get("case_id") == case)), "the notice arrived at the operator")
        data = found[-1]
        if "destinations" not in data:
            return {address: data["link_token"] for address in person.addresses}
        by_hash = {d["address_hash"]: d["link_token"] for d in data["destinations"]}
        return {place: by_hash[self.digest(case, place)] for place in person.addresses + person.contacts
                if self.digest(case, place) in by_hash}

    def own_link(self, person, case):
        """The link that went to an address of the person's own; None where there is none."""
        links = self.links(person, case)
        return next((links[a] for a in links if not a.endswith(f"{self.domain}")), None)

    def claimed_link(self, person, case):
        """The link that went to the claimed mailbox."""
        links = self.links(person, case)
        return need(next((links[a] for a in links if a.endswith(f"@{self.domain}")), None),
                    "a link went to the claimed mailbox")

    def told(self, takeover, person, *addresses):
        """The notice of a case has arrived at all of the person's addresses, or the named ones."""
        case = takeover.case(person)["id"]
        for address in addresses or person.addresses:
            ready(self.receipt(case, address), f"the receipt for {address}")
        return case

    def together(self, *calls):
        """Runs calls at the same time; their answers."""
        answers, barrier = [None] * len(calls), threading.Barrier(len(calls))

        def run(number, call):
            barrier.wait()
            answers[number] = call()

        threads = [threading.Thread(target=run, args=pair) for pair in enumerate(calls)]
        [t.start() for t in threads]
        [t.join() for t in threads]
        return answers

    # Short ways to where an attack begins

    def decide(self, person, case, verb, body=None):
        """What a person does about their case, in a session that nobody else can have."""
        return self.call("POST", f"/v1/me/notices/{case}:{verb}", person.token(), body)

    def controlled(self, *people, tenant=None, claim=None):
        """The tenant controls the accounts: their people have accepted."""
        tenant, claim = tenant or self.acme, claim or self.claim
        takeover = tenant.take(claim)
        for person in people:
            case = takeover.case(person)["id"]
            ready(self.decide(person, case, "accept"), f"{person.name} accepts")
        for person in people:
            need(self.stage.until(person.controller), f"{person.name}'s account is controlled")
        return takeover

    def member(self, name="Ada"):
        """A person on the claimed name whose account the claimant controls."""
        person = self.person(name)
        self.takeover = self.controlled(person)
        return person

    def verb(self, tenant, person, verb, key=None, **more):
        return tenant.call(
            "POST", f"/v1/accounts/{person.id}:{verb}", {"reason": "an attack"} | more, key=key)

    def wait_over(self, tenant, path):
        """An operation's end."""
        self.stage.until(lambda: tenant.call("GET", path).get("state") not in
                         ("running", "receiving", "pending"), 20)
        return tenant.call("GET", path)

    def file(self, tenant, path, *rows, key=None):
        """Sends rows as NDJSON and waits; the results, a row each."""
        import json
        answer = self.call("POST", path, key or tenant.owner, raw="\n".join(map(json.dumps, rows)))
        if not answer.ok:
            return answer
        operation = answer.get("id")
        self.wait_over(tenant, f"/v1/operations/{operation}")
        results = self.call("GET", f"/v1/operations/{operation}/results", key or tenant.owner)
        return [json.loads(line) for line in results.text.splitlines() if line]
