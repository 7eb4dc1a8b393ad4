// Package smart speaks the protocols by which programs ask to be let in: OAuth
// 2.0 and SMART App Launch 2.2. So far that is SMART Backend Services: a
// program signs with its own key, gets a token that is good for five minutes,
// and is let in by it.
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
