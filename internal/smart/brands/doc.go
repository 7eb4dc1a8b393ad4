// Package brands makes and checks a bundle of user-access brands (SMART App
// Launch 2.2, User-access Brands and Endpoints): the names, pictures and
// addresses by which an app lets people find the service that holds their
// record.
//
// Why here: the bundle is said in SMART's discovery document and published for
// everybody, so what is in it is checked as strictly as what a stranger sends,
// although it is the operator's own. A bundle that points people to a wrong
// address would be trusted.
//
// What is not here: the door that hands it out (smart), and what is known of
// organisations (identity/staff).
package brands
