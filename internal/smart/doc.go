// Package smart speaks the protocols by which apps and programs ask to be let
// in: OAuth 2.0, OpenID Connect and SMART App Launch 2.2. An app sends people
// to the authorization endpoint, or pushes its request first; a device without
// a browser shows a code; a program signs with its own key. Each of them comes
// to the token endpoint with what it got, and each way is a file here.
//
// Why here: the protocols are about texts from strangers, and one room reads
// them. It keeps nothing: what is true of clients, permissions and tokens is
// kept by identity/client, which several nodes share. The issuer is fixed at
// the start and never taken from a request, since an assertion that was made
// for another server would be accepted by whoever sends its name.
//
// What is not here: people and their consent (portal), what a scope means
// (access), and the FHIR interface that honours a token (fhirapi).
package smart
