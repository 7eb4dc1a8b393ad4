package smart

import (
	"encoding/json"
	"net/http"

	"github.com/bevanhealth/bevan/internal/identity/client"
	"github.com/bevanhealth/bevan/internal/smart/brands"
)

// What is said here is what works. It grows with what there is.

// metadata is what all documents say (RFC 8414; SMART 2.2, conformance).
type metadata struct {
	Issuer        string   `json:"issuer"`
	Keys          string   `json:"jwks_uri"`
	Authorization string   `json:"authorization_endpoint"`
	TokenEndpoint string   `json:"token_endpoint"`
	TokenProofs   []string `json:"token_endpoint_auth_methods_supported"`
	TokenAlgs     []string `json:"token_endpoint_auth_signing_alg_values_supported"`
	Grants        []string `json:"grant_types_supported"`
	Scopes        []string `json:"scopes_supported"`
	Responses     []string `json:"response_types_supported"`
	Challenges    []string `json:"code_challenge_methods_supported"`
	Introspection string   `json:"introspection_endpoint"`
	Revocation    string   `json:"revocation_endpoint"`
	Management    string   `json:"management_endpoint"`
	Push          string   `json:"pushed_authorization_request_endpoint"`
	Device        string   `json:"device_authorization_endpoint"`
	Register      string   `json:"registration_endpoint,omitempty"`
	ProofAlgs     []string `json:"dpop_signing_alg_values_supported"`
	Named         bool     `json:"authorization_response_iss_parameter_supported"`
}

func (s *Server) metadata() metadata {
	at := s.cfg.Issuer
	register := ""
	if s.cfg.Registration.on() {
		register = at + pathRegister
	}
	return metadata{
		Issuer: at, Keys: at + pathKeys, Authorization: at + pathAuthorize, TokenEndpoint: at + pathToken,
		TokenProofs: []string{"private_key_jwt", "client_secret_basic", "client_secret_post", "none"},
		TokenAlgs:   everyAlg,
		Grants:      []string{client.AuthorizationCode, client.RefreshToken, client.ClientCredentials, client.DeviceCode, client.TokenExchange},
		Scopes: []string{"openid", "fhirUser", "profile", "email", "phone", "launch", "launch/patient", "launch/encounter", "offline_access", "online_access",
			"patient/*.cruds", "patient/*.rs", "patient/*.read", "patient/*.write", "user/*.cruds", "user/*.rs", "user/*.read", "user/*.write",
			"system/*.cruds", "system/*.rs", "system/*.read", "system/*.write", client.Introspect},
		Responses: []string{"code"}, Challenges: []string{"S256"},
		Introspection: at + pathIntrospect, Revocation: at + pathRevoke, Management: s.cfg.Pages + "/account/apps",
		Push: at + pathPush, Device: at + pathDevice, Register: register, ProofAlgs: proofAlgs, Named: true,
	}
}

// capabilities are those of SMART 2.2, "Capability sets".
var capabilities = []string{
	"launch-ehr", "launch-standalone", "authorize-post",
	"client-public", "client-confidential-symmetric", "client-confidential-asymmetric",
	"sso-openid-connect", "context-banner", "context-style", "context-ehr-patient", "context-ehr-encounter",
	"context-standalone-patient", "context-standalone-encounter",
	"permission-offline", "permission-online", "permission-patient", "permission-user", "permission-v1", "permission-v2",
}

// smartConfiguration is SMART's discovery document.
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
		AppState     string             `json:"smart_app_state_endpoint,omitempty"`
		Associated   []associated       `json:"associated_endpoints,omitempty"`
	}{c.s.metadata(), at, primary, capabilities, c.s.cfg.AppState, c.s.associated()})
}

// associated is a FHIR interface that honours the same tokens as this one.
type associated struct {
	URL          string   `json:"url"`
	Capabilities []string `json:"capabilities"`
}

func (s *Server) associated() []associated {
	if s.cfg.AppState == "" {
		return nil
	}
	return []associated{{s.cfg.AppState, []string{"smart-app-state"}}}
}

// serverMetadata is the document of RFC 8414.
func (c *call) serverMetadata() error { return c.public(c.s.provider()) }

// openIDMetadata is the document of OpenID Connect Discovery 1.0 section 3.
func (c *call) openIDMetadata() error { return c.public(c.s.provider()) }

// provider is what both say of this server to those who sign people in by it.
type provider struct {
	metadata
	Userinfo            string   `json:"userinfo_endpoint"`
	Logout              string   `json:"end_session_endpoint"`
	Subjects            []string `json:"subject_types_supported"`
	IDAlgs              []string `json:"id_token_signing_alg_values_supported"`
	Modes               []string `json:"response_modes_supported"`
	Prompts             []string `json:"prompt_values_supported"`
	Claims              []string `json:"claims_supported"`
	ClaimsAsked         bool     `json:"claims_parameter_supported"`
	RequestSigned       bool     `json:"request_parameter_supported"`
	RequestAddress      bool     `json:"request_uri_parameter_supported"`
	IntrospectionProofs []string `json:"introspection_endpoint_auth_methods_supported"`
	IntrospectionAlgs   []string `json:"introspection_endpoint_auth_signing_alg_values_supported"`
	RevocationProofs    []string `json:"revocation_endpoint_auth_methods_supported"`
	RevocationAlgs      []string `json:"revocation_endpoint_auth_signing_alg_values_supported"`
}

func (s *Server) provider() provider {
	m := s.metadata()
	return provider{
		metadata: m, Userinfo: s.cfg.Issuer + pathUserinfo, Logout: s.cfg.Issuer + pathLogout,
		Subjects: []string{"public"}, IDAlgs: []string{"RS256", "ES256"}, Modes: []string{"query"},
		Prompts: []string{"none", "login", "consent", "select_account"},
		Claims: []string{"iss", "sub", "aud", "exp", "iat", "auth_time", "nonce", "fhirUser", "vot", "vtm", "act",
			"name", "email", "email_verified", "phone_number", "phone_number_verified"},
		IntrospectionProofs: []string{"private_key_jwt", "client_secret_basic", "client_secret_post"}, IntrospectionAlgs: everyAlg,
		RevocationProofs: m.TokenProofs, RevocationAlgs: everyAlg,
	}
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
