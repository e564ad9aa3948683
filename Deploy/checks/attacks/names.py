"""Names that people read, the calendar, ports, and what proves a name."""
from datetime import datetime, timedelta

from attack import attack, must, need, never, ready, refused
from stage import A, CNAME, TXT

INVISIBLE = {
    "a bidi override": "Acme \u202egnikooB\u202c", "an isolate": "\u2067Acme\u2069 Bank",
    "nothing visible": "\u200b\u200b\u2060", "only spaces": "   ", "a soft hyphen": "\u00ad\u00ad",
    "only a combining mark": "\u0301\u0301", "a tag character": "Acme\U000e0041\U000e0042",
    "a Hangul filler": "\u3164\u3164", "a line break": "Acme\nBank", "a NUL-like control": "A\u0085B",
    "a variation selector alone": "\ufe0f\ufe0f", "a braille blank": "\u2800\u2800",
    "a paragraph separator": "Acme\u2029Your account is safe", "an object replacement": "\ufffc",
    "a zero-width joiner between words": "Ac\u200dme", "a private-use character": "\ue000\ue001",
    "an unassigned code point": "Acme\u0378", "Arabic letter mark": "Acme\u061c Bank",
    "stacked marks (zalgo)": "A" + "\u0336\u0337\u0338\u0335" * 8 + "cme",
}
for name, text in INVISIBLE.items():
    @attack(25, f"a tenant renames itself to {name}")
    def _(world, text=text):
        answer = world.acme.call("PATCH", f"/v1/tenants/{world.acme.id}", {"name": text})
        refused(answer, "the name was taken")

    @attack(25, f"a tenant is born with {name}")
    def _(world, text=text):
        refused(world.operate("POST", "/v1/tenants", {"name": text}), "the name was taken")

for name in ("a bidi override", "nothing visible", "a line break"):
    text = INVISIBLE[name]

    @attack(25, f"{name} as a person's name")
    def _(world, text=text):
        refused(world.operate("POST", "/v1/accounts", {
            "display_name": text, "addresses": [{"address": f"x@{world.home}", "verified": True}]}),
            "an account's name")
        person = world.member()
        refused(world.acme.call("PATCH", f"/v1/accounts/{person.id}", {"display_name": text}),
                "the controller gives the person a name")

    @attack(25, f"{name} as a title that people read")
    def _(world, text=text):
        def policy(title, name):
            return world.acme.call("POST", "/v1/policies", {
                "name": name, "version": 1, "language": "en", "title": title, "body": "x",
                "needs": "notice"})
        ready(policy("Terms", "terms"), "a policy")
        refused(policy(text, "others"), "a policy's title")

    @attack(25, f"{name} as a key's name")
    def _(world, text=text):
        refused(world.acme.call("POST", "/v1/keys", {"name": text, "role": "helpdesk"}), "a key's name")

    @attack(25, f"{name} by a row of an import")
    def _(world, text=text):
        from imports import put
        results = put(world, {"display_name": text, "addresses": [
            {"address": f"row@{world.home}", "verified": True}]})
        must(isinstance(results, list) and results[0].get("outcome") == "failed", f"{results}")

    @attack(25, f"{name} as what a person says of themselves in a request")
    def _(world, text=text):
        person = world.person("Ada")
        answer = world.call("POST", "/v1/me/requests", person.token(), {
            "type": "rectification", "correction": {"display_name": text}})
        refused(answer, "a correction of the name")

PLAIN = {"an ordinary name": "Müller & Söhne GmbH (Österreich)", "Arabic": "شركة النور",
         "Hebrew": "בנק לאומי", "Japanese": "株式会社テンユア", "Devanagari": "टेन्योर",
         "a family emoji": "Family 👨‍👩‍👧", "Persian with ZWNJ": "می\u200cخواهم"}
for name, text in PLAIN.items():
    @attack(25, f"{name} is refused as a tenant's name")
    def _(world, text=text):
        answer = world.operate("POST", "/v1/tenants", {"name": text})
        must(answer.ok, f"{answer}")

for url in ("https://hook.test:+443/x", "https://hook.test:08443/x", "https://hook.test:0443/x",
            "https://hook.test:443x/", "https://hook.test: 443/", "https://hook.test:/x",
            "https://hook.test:4_43/", "https://hook.test:443:443/", "https://u:p@hook.test/x",
            "https://hook.test:８４４３/x", "https://hook.test:8443#f", "http://hook.test:8443/x",
            "https://hook.test:%34%34%33/", "https://hook.test:-443/", "https://hook.test:65979/",
            "https://hook.test:443\t/", "https://hook.test\\@evil.test/"):
    @attack("Low", f"a webhook's port or host written as {url!r}")
    def _(world, url=url):
        def endpoint(url):
            return world.acme.call("POST", "/v1/webhook_endpoints", {
                "url": url, "event_types": ["account.*"]})
        ready(endpoint("https://hook.test:8443/x"), "a plain endpoint")
        refused(endpoint(url), "the endpoint was taken")


def explained(world, zone, dates, trigger, period, action="delete"):
    """When a rule of a tenant in a time zone is due, by `explain`."""
    ready(world.acme.call("PATCH", f"/v1/tenants/{world.acme.id}", {"time_zone": zone}), zone)
    person = world.member()
    ready(world.acme.call("POST", "/v1/retention_rules", {
        "name": "a period", "applies_to": "account", "trigger": trigger, "period": period,
        "action": action}), "a rule")
    answer = world.acme.call("PUT", f"/v1/accounts/{person.id}/dates", {"dates": dates})
    return person, answer


def due(world, zone, day, period="P6Y", trigger="left_on"):
    person, answer = explained(world, zone, {trigger: day}, trigger, period)
    ready(answer, "the date is told")
    return ready(world.acme.call("GET", f"/v1/accounts/{person.id}/retention"), "explain").text


for zone, day, period, utc in (
        ("America/Sao_Paulo", "2018-11-04", "P6Y", "2024-11-04T03:00:00"),
        ("America/Sao_Paulo", "2017-10-15", "P6Y", "2023-10-15T03:00:00"),
        ("America/Asuncion", "2018-10-07", "P6Y", "2024-10-07T03:00:00"),
        ("Asia/Beirut", "2019-03-31", "P6Y", "2025-03-30T21:00:00"),
        ("America/Havana", "2019-03-10", "P6Y", "2025-03-10T04:00:00"),
        ("Africa/Cairo", "2014-05-16", "P6Y", "2020-05-15T22:00:00"),
        ("Asia/Amman", "2020-03-27", "P6Y", "2026-03-26T21:00:00"),
        ("Europe/Berlin", "2019-11-04", "P6Y", "2025-11-03T23:00:00")):
    @attack(24, f"left {day} in {zone} is due a day early or late")
    def _(world, zone=zone, day=day, period=period, utc=utc):
        text = due(world, zone, day, period)
        # A day that begins at one o'clock still is that day: no due time lies before its start.
        late = (datetime.fromisoformat(utc) + timedelta(hours=1)).isoformat()
        must(utc in text or late in text, f"expected {utc}Z in {text[:700]}")


@attack(24, "the ninth of December 9999 plus six years is the year 5")
def _(world):
    person, answer = explained(world, "UTC", {"contract_end": "9999-12-31"}, "contract_end", "P6Y")
    if not answer.ok:
        refused(answer, "the date")
        return
    text = world.acme.call("GET", f"/v1/accounts/{person.id}/retention").text
    never('"0005-' in text or '"5-' in text, text[:600])
    yield 2
    world.acme.call("POST", "/v1/retention_runs", {})
    world.stage.until(lambda: person.status() != "active", 2)
    must(person.status() == "active", f"the run took it: {person.status()}")


for verb, status in (("deactivate", "deactivated"), ("delete", "deleted"), ("erase", "erased"),
                     ("isolate", "isolated"), ("anonymise", "anonymised")):
    for by in ("account_id", "address"):
        @attack(24, f"communications:check says deliver for a person after :{verb} (by {by})")
        def _(world, verb=verb, status=status, by=by):
            person = world.person("Ada")
            ready(world.operate("POST", f"/v1/accounts/{person.id}:{verb}", {"reason": "x"}), verb)
            need(world.stage.until(lambda: person.status() in (status, "deleted"), 6), person.status())
            recipient = {"account_id": person.id, "address": person.addresses[1]}
            if by == "address":
                del recipient["account_id"]
            answer = world.operate("POST", "/v1/communications:check", {
                "topic": "newsletter", "channel": "email", "purpose": "marketing",
                "recipients": [recipient]})
            if not answer.ok:
                need(answer.status in (404, 422), f"{answer}")
                return
            never('"deliver"' in answer.text, f"{answer}")


@attack("Low", "a wildcard CNAME to a hoster proves an apex")
def _(world):
    claim = world.acme.claim(world.domain)
    world.stage.names.add(f"*.{world.domain}", CNAME, f"{world.label}.hoster.test")
    world.stage.names.add(f"{world.label}.hoster.test", TXT, claim["record"]["value"])
    world.acme.check(claim)
    never(world.acme.state(claim) == "verified", "a hoster's customer holds the apex")


@attack("Low", "a challenge that leads by CNAME to a name of another's zone")
def _(world):
    claim = world.acme.claim(world.domain)
    world.stage.names.add(world.domain, A, "127.0.0.1")
    world.stage.names.add(f"*.{world.domain}", CNAME, f"{world.label}.hoster.test")
    world.stage.names.add(f"*.hoster.test", TXT, claim["record"]["value"])
    world.acme.check(claim)
    never(world.acme.state(claim) == "verified", "a wildcard of a hoster's wildcard proves")


for name, domain in (("Cyrillic in Latin", "аcme-{}.test"), ("Greek in Latin", "αcme-{}.test"),
                     ("Latin in Cyrillic", "пpивет-{}.test")):
    @attack("Low", f"a name of mixed scripts ({name}) is proven without the operator's look")
    def _(world, domain=domain):
        answer = world.acme.call("POST", "/v1/domain_claims", {"domain": domain.format(world.label)})
        if not answer.ok:
            return
        world.acme.publish(answer.json)
        world.acme.check(answer.json)
        never(world.acme.state(answer.json) == "verified", f"{answer['domain']} is held")
