"""What the seeding writes down for `hooks.py`: who may call, the ids each of them knows by name,
and whole requests that must succeed."""
import json
import os
import uuid


class Book:
    def __init__(self):
        self.places, self.requests, self.protected = {}, {}, []

    def place(self, name, key, tenant=None, company="", is_person=False):
        """Somebody with a credential; what they know of is added with `know`."""
        self.places[name] = {
            "key": key, "tenant": tenant, "company": company, "is_person": is_person, "ids": {}}

    def know(self, place, **ids):
        """Ids by the name of the parameter or member that takes them."""
        for name, found in ids.items():
            known = self.places[place]["ids"].setdefault(name, [])
            known += [each for each in (found if isinstance(found, list) else [found])
                      if each not in known]

    def request(self, operation, key, body=None, tenant=None, match=None, query=None, again=False,
                **path):
        """A request that must succeed. Where it may be sent `again`, a `{n}` in it is another
        number each time."""
        headers = {"Idempotency-Key": "{n}-" + str(uuid.uuid4())}
        if tenant:
            headers["Tenure-Tenant"] = tenant
        if match:
            headers["If-Match"] = match
        self.requests.setdefault(operation, []).append({
            "key": key, "path": path, "query": query or {}, "headers": headers, "body": body,
            "again": again})

    def write(self, file):
        with open(f"{file}.new", "w") as new:
            json.dump({"places": self.places, "requests": self.requests,
                       "protected": self.protected}, new, indent=1)
        os.rename(f"{file}.new", file)
