package smart

import (
	"encoding/json"
	"net/http"

	"github.com/bevanhealth/bevan/internal/identity/client"
	"github.com/bevanhealth/bevan/internal/smart/brands"
)

// What is said here is what works. It grows with what there is.

// metadata is what both documents say (RFC 8414; SMART 2.2, conformance).
type metadata struct {
	TokenEndpoint string   `json:"token_endpoint"`
	TokenProofs   []string `json:"token_endpoint_auth_methods_supported"`
	TokenAlgs     []string `json:"token_endpoint_auth_signing_alg_values_supported"`
	Grants        []string `json:"grant_types_supported"`
	Scopes        []string `json:"scopes_supported"`
	Responses     []string `json:"response_types_supported"`
	Introspection string   `json:"introspection_endpoint"`
	Revocation    string   `json:"revocation_endpoint"`
	ProofAlgs     []string `json:"dpop_signing_alg_values_supported"`
}

func (s *Server) metadata() metadata {
	return metadata{
		TokenEndpoint: s.cfg.Issuer + pathToken,
		TokenProofs:   []string{"private_key_jwt"},
		TokenAlgs:     everyAlg,
		Grants:        []string{client.ClientCredentials},
		Scopes:        []string{"system/*.cruds", "system/*.rs", "system/*.read", "system/*.write", client.Introspect},
		Responses:     []string{}, // none: there is no authorization endpoint yet
		Introspection: s.cfg.Issuer + pathIntrospect,
		Revocation:    s.cfg.Issuer + pathRevoke,
		ProofAlgs:     proofAlgs,
	}
}

// smartConfiguration is SMART's discovery document. It has no issuer: SMART
// keeps that for servers that sign people in.
func (c *call) smartConfiguration() error {
	bundle, err := c.s.bundle(c.ctx)
	if err != nil {
		return err
	}
	var at string
	var primary *brands.Identifier
	if bundle != nil {
		at, primary = c.s.cfg.FHIR+brandsFile, &bundle.Primary
	}
	return c.public(struct {
		metadata
		BrandBundle  string             `json:"user_access_brand_bundle,omitempty"`
		PrimaryBrand *brands.Identifier `json:"user_access_brand_identifier,omitempty"`
		Capabilities []string           `json:"capabilities"`
		// SMART wants this of every server, one without an authorization
		// endpoint too.
		Challenges []string `json:"code_challenge_methods_supported"`
	}{c.s.metadata(), at, primary, // permission-v2 waits for searches in scopes to narrow what is found
		[]string{"client-confidential-asymmetric", "permission-v1"}, []string{"S256"}})
}

// serverMetadata is the document of RFC 8414, which lies where OpenID Connect
// looks as well: nobody is signed in yet, so it says nothing of that.
func (c *call) serverMetadata() error {
	proofs := []string{"private_key_jwt", "client_secret_basic"}
	return c.public(struct {
		Issuer string `json:"issuer"`
		Keys   string `json:"jwks_uri"`
		metadata
		IntrospectionProofs []string `json:"introspection_endpoint_auth_methods_supported"`
		IntrospectionAlgs   []string `json:"introspection_endpoint_auth_signing_alg_values_supported"`
		RevocationProofs    []string `json:"revocation_endpoint_auth_methods_supported"`
		RevocationAlgs      []string `json:"revocation_endpoint_auth_signing_alg_values_supported"`
	}{c.s.cfg.Issuer, c.s.cfg.Issuer + pathKeys, c.s.metadata(), proofs, everyAlg, proofs, everyAlg})
}

// keys publishes the keys that this server signs with.
func (c *call) keys() error {
	b, err := c.s.cfg.Clients.PublicKeys(c.ctx)
	if err != nil {
		return err
	}
	return c.publish(b)
}

// public writes what everybody may read, a page of any origin too (SMART 2.2,
// CORS support).
func (c *call) public(v any) error {
	b, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return c.publish(b)
}

func (c *call) publish(b []byte) error {
	h := c.w.Header()
	h.Set("Access-Control-Allow-Origin", "*")
	h.Set("Cache-Control", "public, max-age=300")
	return c.write(http.StatusOK, b)
}
