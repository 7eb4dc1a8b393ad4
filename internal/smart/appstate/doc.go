// Package appstate keeps a little text for each app: its settings, or the keys
// of a store that it has elsewhere (SMART App Launch 2.2, "Persisting App
// State", experimental).
//
// Why here: what an app keeps is a FHIR Basic resource by its form and no part
// of anybody's record. It is the app's own, means nothing to this server, may
// hold a secret, and must turn up in no search of the record. So it has a table
// of its own, sealed, and an endpoint of its own.
//
// What is not here: tokens (identity/client, smart), and the record's own Basic
// resources (fhirapi). docs/decisions/0030 says what an app may do here.
package appstate
