"""Teaches Schemathesis to send newline-delimited JSON."""
import schemathesis


@schemathesis.serializer("application/x-ndjson")
def ndjson(context, value):
    return value.encode() if isinstance(value, str) else str(value).encode()
