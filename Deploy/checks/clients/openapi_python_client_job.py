"""The main job by the client that openapi-python-client generates."""
import datetime
import os
import sys
import uuid

from tenure_client import AuthenticatedClient
from tenure_client.api.accounts import create_account, get_sign_in_status, list_accounts
from tenure_client.api.domains import attest_domain_claim, create_domain_claim
from tenure_client.api.keys import create_key, who_am_i
from tenure_client.api.takeovers import (
    cancel_takeover, create_takeover, list_takeover_cases, preview_takeover)
from tenure_client.api.tenants import create_tenant, get_tenant
from tenure_client.models import (
    AddressBody, AccountBody, AttestationBody, DomainClaimBody, KeyBody, KeyBodyRole, Problem, TakeoverBody,
    TakeoverPreviewBody, TenantBody)


def client(token):
    return AuthenticatedClient(base_url=sys.argv[1], token=token)


def once():
    return str(uuid.uuid4())


operator = client(os.environ["TENURE_OPERATOR"])
tried = create_tenant.sync(client=operator, body=TenantBody(name="Acme"), idempotency_key=once(), dry_run=True)
assert tried.dry_run is True and tried.effects[0].action == "tenant.created", tried
refused = get_tenant.sync(tried.id, client=operator)
assert isinstance(refused, Problem) and refused.code == "not_found", refused
tenant = create_tenant.sync(client=operator, body=TenantBody(name="Acme"), idempotency_key=once())
key = create_key.sync(
    client=operator, tenure_tenant=tenant.id, body=KeyBody(name="script", role=KeyBodyRole.OWNER),
    idempotency_key=once())
acme = client(key.token)
assert who_am_i.sync(client=acme).tenant_id == tenant.id
people = [
    create_account.sync(
        client=operator, idempotency_key=once(),
        body=AccountBody(
            display_name=name,
            addresses=[AddressBody(address=f"{name}@py.acme.test", verified=True)]))
    for name in ("ada", "bob")]
claim = create_domain_claim.sync(
    client=acme, body=DomainClaimBody(domain="py.acme.test"), idempotency_key=once())
assert claim.state == "pending" and claim.record.name.endswith("py.acme.test"), claim
soon = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=90)
proven = attest_domain_claim.sync(
    claim.id, client=operator, tenure_tenant=tenant.id,
    body=AttestationBody(reason="register extract seen", review_on=soon))
assert proven.state == "verified", proven
plan = preview_takeover.sync(client=acme, body=TakeoverPreviewBody(domain_claim_id=claim.id))
assert set(plan.account_ids) == {each.id for each in people}, plan
takeover = create_takeover.sync(
    client=acme, body=TakeoverBody(plan=plan.plan, domain_claim_id=claim.id), idempotency_key=once())
cases = list_takeover_cases.sync(takeover.id, client=acme)
assert len(cases.data) == 2 and not cases.has_more, cases
tried = cancel_takeover.sync(takeover.id, client=acme, dry_run=True)
assert tried.id == takeover.id and tried.dry_run is True and tried.effects, tried
assert cancel_takeover.sync(takeover.id, client=acme).state == "cancelled"
assert list_accounts.sync(client=acme, limit=1).data == []
assert get_sign_in_status.sync(people[0].id, client=operator).status == "active"
