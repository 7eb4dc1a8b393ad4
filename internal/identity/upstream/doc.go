// Package upstream asks other people's OpenID providers who somebody is: NHS
// login, GOV.UK One Login, or any other that the operator named.
//
// Why here: what comes back from a provider is believed about a person's
// identity, so each step of it is held to the narrowest reading of OpenID
// Connect in one place, and no door can leave one out. The provider is found by
// the issuer that the operator wrote down, and by nothing that a request says.
// A flow belongs to one browser, is good once, and knows which provider it went
// to (RFC 9207).
//
// A level of proof means what its provider says. Only NHS login's are ours by
// name; for others the operator says what each is worth here.
//
// What is not here: what becomes of an answer (proof), pages (portal), clients
// of our own provider (client, smart).
package upstream
