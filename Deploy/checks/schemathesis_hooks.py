"""Teaches Schemathesis to send newline-delimited JSON, and not to saw off the branch it sits on."""
import os

import schemathesis

# The ids of the keys and tenants the run itself speaks with.
PROTECTED = set(open(os.environ["TENURE_PROTECTED"]).read().split())


@schemathesis.serializer("application/x-ndjson")
def ndjson(context, value):
    return value.encode() if isinstance(value, str) else str(value).encode()


@schemathesis.hook
def before_call(context, case, kwargs):
    """A run that follows its links would revoke its own key, and see nothing but 401 from then on."""
    name = case.operation.definition.raw.get("operationId")
    if name in ("revokeKey", "suspendTenant"):
        for parameter, value in (case.path_parameters or {}).items():
            if value in PROTECTED:
                case.path_parameters[parameter] = value[:4] + "01h455vb4pex5vsknk084sn02q"
