"""Whether the contract is true to itself: every example fits its schema, every answer has one, everything
is explained, and no name is one that only a generator could have given."""
import re
import sys

import jsonschema
import yaml

document = yaml.safe_load(open(sys.argv[1]))
components = document["components"]
faults = []


def resolve(node):
    while "$ref" in node:
        target = document
        for part in node["$ref"].split("/")[1:]:
            target = target[part]
        node = target
    return node


def fits(where, example, schema):
    root = {"$schema": "https://json-schema.org/draft/2020-12/schema", "components": components, **schema}
    checker = jsonschema.FormatChecker(["date"])
    for error in jsonschema.Draft202012Validator(root, format_checker=checker).iter_errors(example):
        faults.append(f"{where}: {'/'.join(map(str, error.path))}: {error.message[:200]}")


def examples_of(where, media):
    """Holds the examples of a body against its schema; answers how many there were."""
    found = [media["example"]] if "example" in media else []
    found += [each["value"] for each in media.get("examples", {}).values()]
    for example in found:
        fits(where, example, media["schema"])
    return len(found)


def shapes_of(answer):
    """The names of what an answer may be."""
    schema = answer["content"]["application/json"]["schema"]
    return {each["$ref"] for each in resolve(schema).get("oneOf", [schema])}


def dry_run(name, operation):
    """A dry run is answered with 200, in whatever shape the change itself would be; approvals are for
    what is done."""
    if not any(p["name"] == "dry_run" for p in map(resolve, operation.get("parameters", []))):
        return
    answers = {s: resolve(a) for s, a in operation["responses"].items() if s.startswith("2")}
    answers = {s: shapes_of(a) for s, a in answers.items() if "content" in a}
    wanted = set().union(*answers.values()) - {"#/components/schemas/Approval"}
    if "200" not in answers or wanted - answers["200"]:
        faults.append(f"{name}: its dry run can be answered with what its 200 does not have")


operations = 0
for path, item in document["paths"].items():
    words = re.sub(r"\{\w+\}", "", path)
    if "-" in words.removeprefix("/.well-known") or words != words.lower():
        faults.append(f"{path}: is not written like the others")
    for method, operation in item.items():
        operations += 1
        name = operation["operationId"]
        if not operation.get("description"):
            faults.append(f"{name}: is not described")
        for parameter in map(resolve, operation.get("parameters", [])):
            if not parameter.get("description"):
                faults.append(f"{name}: the parameter {parameter['name']} is not described")
        for kind, media in operation.get("requestBody", {}).get("content", {}).items():
            if kind.endswith("json") and not examples_of(f"{name} body", media):
                faults.append(f"{name}: its body has no example")
        dry_run(name, operation)
        answers = [resolve(a) for s, a in operation["responses"].items() if s.startswith("2")]
        media = [m for a in answers for k, m in a.get("content", {}).items() if k == "application/json"]
        for each in media:
            if "$ref" not in each["schema"]:
                faults.append(f"{name}: its answer has no name")
            if not examples_of(f"{name} answer", each):
                faults.append(f"{name}: its answer has no example")
for name, item in document["webhooks"].items():
    media = item["post"]["requestBody"]["content"]["application/json"]
    if not examples_of(name, media):
        faults.append(f"{name}: has no example")
    if media["example"]["type"] != name:
        faults.append(f"{name}: its example is of another type")
for name, parameter in components["parameters"].items():
    if "example" in parameter:
        fits(f"parameter {name}", parameter["example"], parameter["schema"])


def look(where, schema, is_member):
    for example in schema.get("examples", []):
        fits(where, example, schema)
    # What generators cannot read, or read wrongly.
    for word in ("if", "then", "allOf", "not"):
        if word in schema:
            faults.append(f"{where}: uses '{word}'")
    if is_member and "properties" in schema:
        faults.append(f"{where}: is an object without a name")
    if "properties" in schema and ("oneOf" in schema or "anyOf" in schema):
        faults.append(f"{where}: is two things at once")
    for name, member in schema.get("properties", {}).items():
        look(f"{where}.{name}", member, True)
        if name.startswith("dry_run") and member.get("type") != "boolean":
            faults.append(f"{where}.{name}: is no truth")
    if isinstance(schema.get("items"), dict):
        look(f"{where}[]", schema["items"], True)
    for each in schema.get("oneOf", []) + schema.get("anyOf", []):
        look(where, each, True)


for name, schema in components["schemas"].items():
    look(name, schema, False)
used = set(re.findall(r"#/components/(\w+/[\w]+)", open(sys.argv[1]).read()))
for kind in ("schemas", "responses", "parameters", "headers"):
    for name in components[kind]:
        if f"{kind}/{name}" not in used:
            faults.append(f"{kind}/{name}: nothing refers to it")
for fault in faults:
    print(fault, file=sys.stderr)
if faults:
    sys.exit(f"{len(faults)} faults in the contract")
print(f"{operations} operations, {len(components['schemas'])} schemas: nothing wrong", file=sys.stderr)
