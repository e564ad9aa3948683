"""A receiver as people write them: verifies every webhook with the public standardwebhooks package.

usage: receiver.py PORT CERTIFICATE KEY SECRET
"""
import http.server
import ssl
import sys

from standardwebhooks import Webhook

port, certificate, key, secret = sys.argv[1:]
verifier = Webhook(secret)


class Receiver(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        try:
            verifier.verify(body, {name.lower(): value for name, value in self.headers.items()})
            status = 204
        except Exception:
            status = 400
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(certificate, key)
server = http.server.ThreadingHTTPServer(("127.0.0.1", int(port)), Receiver)
server.socket = context.wrap_socket(server.socket, server_side=True)
server.serve_forever()
