"""The main job by the Python client that openapi-generator generates."""
import datetime
import os
import sys
import uuid

import tenure_client as tenure


def client(token):
    return tenure.ApiClient(tenure.Configuration(host=sys.argv[1], access_token=token))


def once():
    return str(uuid.uuid4())


operator = client(os.environ["TENURE_OPERATOR"])
tenants = tenure.TenantsApi(operator)
tried = tenants.create_tenant(once(), tenure.TenantBody(name="Acme"), dry_run=True)
assert tried.dry_run is True and tried.effects[0].action == "tenant.created", tried
try:
    tenants.get_tenant(tried.id)
    sys.exit("a tenant that was never made is there")
except tenure.exceptions.NotFoundException as refused:
    assert refused.data.code == "not_found", refused
tenant = tenants.create_tenant(once(), tenure.TenantBody(name="Acme"))
key = tenure.KeysApi(operator).create_key(
    once(), tenure.KeyBody(name="script", role="owner"), tenure_tenant=tenant.id)
acme = client(key.token)
assert tenure.KeysApi(acme).who_am_i().tenant_id == tenant.id
people = [
    tenure.AccountsApi(operator).create_account(
        once(),
        tenure.AccountBody(
            display_name=name,
            addresses=[tenure.AddressBody(address=f"{name}@gen.acme.test", verified=True)]))
    for name in ("ada", "bob")]
claim = tenure.DomainsApi(acme).create_domain_claim(
    once(), tenure.DomainClaimBody(domain="gen.acme.test"))
assert claim.state == "pending" and claim.record.name.endswith("gen.acme.test"), claim
soon = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=90)
proven = tenure.DomainsApi(operator).attest_domain_claim(
    claim.id, tenure.AttestationBody(reason="register extract seen", review_on=soon),
    tenure_tenant=tenant.id)
assert proven.state == "verified", proven
takeovers = tenure.TakeoversApi(acme)
plan = takeovers.preview_takeover(tenure.TakeoverPreviewBody(domain_claim_id=claim.id))
assert set(plan.account_ids) == {each.id for each in people}, plan
takeover = takeovers.create_takeover(
    once(), tenure.TakeoverBody(plan=plan.plan, domain_claim_id=claim.id))
cases = takeovers.list_takeover_cases(takeover.id)
assert len(cases.data) == 2 and not cases.has_more, cases
tried = takeovers.cancel_takeover(takeover.id, dry_run=True)
assert tried.id == takeover.id and tried.dry_run is True and tried.effects, tried
assert takeovers.cancel_takeover(takeover.id).state == "cancelled"
assert tenure.AccountsApi(acme).list_accounts(limit=1).data == []
assert tenure.AccountsApi(operator).get_sign_in_status(people[0].id).status == "active"
# The endpoints of webhooks are there beside the events that are sent to them.
assert tenure.WebhooksApi(acme).list_webhook_endpoints().data == []
