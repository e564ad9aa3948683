// The main job by the Go client that openapi-generator generates.
package main

import (
	"context"
	"fmt"
	"log"
	"net/http"
	"os"
	"time"

	"tenure_client"
)

var api *tenure_client.APIClient
var keys int

func as(token string) context.Context {
	return context.WithValue(context.Background(), tenure_client.ContextAccessToken, token)
}

func once() string {
	keys++
	return fmt.Sprintf("go-%d-%d", time.Now().UnixNano(), keys)
}

func must(response *http.Response, err error) {
	if err != nil {
		log.Panicf("%v: %v", response, err)
	}
}

func check(isSo bool, what string) {
	if !isSo {
		log.Panic(what)
	}
}

func main() {
	configuration := tenure_client.NewConfiguration()
	configuration.Servers = tenure_client.ServerConfigurations{{URL: os.Args[1]}}
	api = tenure_client.NewAPIClient(configuration)
	operator := as(os.Getenv("TENURE_OPERATOR"))

	body := *tenure_client.NewTenantBody("Acme")
	tried, response, err := api.TenantsAPI.CreateTenant(operator).IdempotencyKey(once()).
		TenantBody(body).DryRun(true).Execute()
	must(response, err)
	check(tried.GetDryRun() && tried.Effects[0].Action == "tenant.created", "a dry run says what it would do")
	_, response, err = api.TenantsAPI.GetTenant(operator, tried.Id).Execute()
	check(err != nil && response.StatusCode == 404, "a dry run makes nothing")
	refused, isProblem := err.(*tenure_client.GenericOpenAPIError).Model().(tenure_client.Problem)
	check(isProblem && refused.Code == "not_found", "a refusal has a code")
	tenant, response, err := api.TenantsAPI.CreateTenant(operator).IdempotencyKey(once()).
		TenantBody(body).Execute()
	must(response, err)
	key, response, err := api.KeysAPI.CreateKey(operator).TenureTenant(tenant.Id).
		IdempotencyKey(once()).KeyBody(*tenure_client.NewKeyBody("script", "owner")).Execute()
	must(response, err)
	acme := as(key.GetToken())
	me, response, err := api.KeysAPI.WhoAmI(acme).Execute()
	must(response, err)
	check(me.TenantId == tenant.Id, "the key speaks for its tenant")

	people := map[string]bool{}
	var someone string
	for _, name := range []string{"ada", "bob"} {
		address := *tenure_client.NewAddressBody(name + "@go.acme.test")
		address.SetVerified(true)
		account := *tenure_client.NewAccountBody([]tenure_client.AddressBody{address})
		account.SetDisplayName(name)
		made, response, err := api.AccountsAPI.CreateAccount(operator).IdempotencyKey(once()).
			AccountBody(account).Execute()
		must(response, err)
		people[made.Id] = true
		someone = made.Id
	}
	claim, response, err := api.DomainsAPI.CreateDomainClaim(acme).IdempotencyKey(once()).
		DomainClaimBody(*tenure_client.NewDomainClaimBody("go.acme.test")).Execute()
	must(response, err)
	check(claim.State == "pending", "a claim is to be proven")
	attestation := *tenure_client.NewAttestationBody(
		"register extract seen", time.Now().AddDate(0, 3, 0).UTC())
	claim, response, err = api.DomainsAPI.AttestDomainClaim(operator, claim.Id).
		TenureTenant(tenant.Id).AttestationBody(attestation).Execute()
	must(response, err)
	check(claim.State == "verified", "the operator has vouched for it")

	plan, response, err := api.TakeoversAPI.PreviewTakeover(acme).
		TakeoverPreviewBody(*tenure_client.NewTakeoverPreviewBody(claim.Id)).Execute()
	must(response, err)
	check(len(plan.AccountIds) == 2 && people[plan.AccountIds[0]] && people[plan.AccountIds[1]],
		"the plan has both accounts")
	takeover, response, err := api.TakeoversAPI.CreateTakeover(acme).IdempotencyKey(once()).
		TakeoverBody(*tenure_client.NewTakeoverBody(plan.Plan, claim.Id)).Execute()
	must(response, err)
	cases, response, err := api.TakeoversAPI.ListTakeoverCases(acme, takeover.Id).Execute()
	must(response, err)
	check(len(cases.Data) == 2 && !cases.HasMore, "a case for each")
	takeover, response, err = api.TakeoversAPI.CancelTakeover(acme, takeover.Id).DryRun(true).Execute()
	must(response, err)
	check(takeover.GetDryRun() && len(takeover.Effects) > 0, "a dry run has the takeover and its effects")
	takeover, response, err = api.TakeoversAPI.CancelTakeover(acme, takeover.Id).Execute()
	must(response, err)
	check(takeover.State == "cancelled", "it is cancelled")
	status, response, err := api.AccountsAPI.GetSignInStatus(operator, someone).Execute()
	must(response, err)
	check(status.Status == "active", "nobody was taken")
}
